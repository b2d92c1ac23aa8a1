import { PythonObject, tuple, type PythonDict, type PythonValue } from './python-values.js';
import type { Opcode, Unpickler } from './unpickler.js';

/** Instructions for the stack, the memo, and lists, tuples, dicts and sets. */
export const CONTAINER_OPCODES: Record<number, Opcode> = {
  0x28: (m) => m.mark(), // MARK
  0x30: (m) => void m.pop(), // POP
  0x31: (m) => void m.popMark(), // POP_MARK
  0x32: (m) => m.push(m.top()), // DUP
  0x95: (m) => checkFrame(m, m.reader.uint64()), // FRAME

  0x67: (m) => get(m, memoLine(m)), // GET
  0x68: (m) => get(m, m.reader.uint8()), // BINGET
  0x6a: (m) => get(m, m.reader.uint32()), // LONG_BINGET
  0x70: (m) => void m.memo.set(memoLine(m), m.top()), // PUT
  0x71: (m) => void m.memo.set(m.reader.uint8(), m.top()), // BINPUT
  0x72: (m) => void m.memo.set(m.reader.uint32(), m.top()), // LONG_BINPUT
  0x94: (m) => void m.memo.set(m.memo.size, m.top()), // MEMOIZE

  0x5d: (m) => m.push([]), // EMPTY_LIST
  0x6c: (m) => m.push(m.popMark()), // LIST
  0x61: (m) => append(m, [m.pop()]), // APPEND
  0x65: (m) => append(m, m.popMark()), // APPENDS

  0x29: (m) => m.push(tuple([])), // EMPTY_TUPLE
  0x74: (m) => m.push(tuple(m.popMark())), // TUPLE
  0x85: (m) => m.push(tuple([m.pop()])), // TUPLE1
  0x86: (m) => m.push(tuple([m.pop(), m.pop()].reverse())), // TUPLE2
  0x87: (m) => m.push(tuple([m.pop(), m.pop(), m.pop()].reverse())), // TUPLE3

  0x7d: (m) => m.push(new Map()), // EMPTY_DICT
  0x64: (m) => newDict(m, m.popMark()), // DICT
  0x73: (m) => setItems(m, [m.pop(), m.pop()].reverse()), // SETITEM
  0x75: (m) => setItems(m, m.popMark()), // SETITEMS

  0x8f: (m) => m.push(new Set()), // EMPTY_SET
  0x90: (m) => addItems(m, m.popMark()), // ADDITEMS
  0x91: (m) => m.push(new Set(m.popMark())), // FROZENSET
};

function checkFrame(m: Unpickler, length: number): void {
  if (length > m.reader.range.length - m.reader.position)
    m.fail('a frame that is longer than the file; is the file complete?');
}

function memoLine(m: Unpickler): number {
  const text = m.reader.line();
  return /^\d{1,9}$/.test(text) ? Number(text) : m.fail('an index that is not a number');
}

function get(m: Unpickler, index: number): void {
  const value = m.memo.get(index);
  if (value === undefined) m.fail(`it recalls value ${index}, which it has not stored`);
  m.push(value);
}

function append(m: Unpickler, items: readonly PythonValue[]): void {
  const top = m.top();
  const list = top instanceof PythonObject ? (top.items ??= []) : top;
  if (!Array.isArray(list) || Object.isFrozen(list)) return m.fail('it appends to something other than a list');
  for (const item of items) list.push(item);
}

function newDict(m: Unpickler, items: readonly PythonValue[]): void {
  m.push(new Map());
  setItems(m, items);
}

function setItems(m: Unpickler, items: readonly PythonValue[]): void {
  const top = m.top();
  const dict = top instanceof PythonObject ? (top.entries ??= new Map()) : top;
  if (!(dict instanceof Map)) return m.fail('it sets an entry of something other than a dict');
  if (items.length % 2 !== 0) m.fail('a dict entry without a value');
  for (let i = 0; i < items.length; i += 2) (dict as PythonDict).set(checkKey(m, items[i]!), items[i + 1]!);
}

function addItems(m: Unpickler, items: readonly PythonValue[]): void {
  const set = m.top();
  if (set instanceof PythonObject) return append(m, items);
  if (!(set instanceof Set)) return m.fail('it adds to something other than a set');
  for (const item of items) set.add(checkKey(m, item));
}

/** @throws for a list, a dict or a set, which cannot be keys in Python */
function checkKey(m: Unpickler, key: PythonValue): PythonValue {
  const isMutable = (Array.isArray(key) && !Object.isFrozen(key)) || key instanceof Map || key instanceof Set;
  return isMutable ? m.fail('a key that is a list, a dict or a set') : key;
}
