import { NumpyArray, NumpyDtype } from './numpy-values.js';
import { isTuple, OrderedDict, PythonGlobal, PythonObject, tuple, type PythonValue } from './python-values.js';
import type { Opcode, Unpickler } from './unpickler.js';

/** Instructions that name classes and functions, and make objects with them. */
export const OBJECT_OPCODES: Record<number, Opcode> = {
  0x63: (m) => m.push(readGlobal(m)), // GLOBAL
  0x93: (m) => m.push(popGlobal(m)), // STACK_GLOBAL
  0x52: (m) => reduce(m, m.pop()), // REDUCE
  0x81: (m) => reduce(m, m.pop()), // NEWOBJ
  0x92: (m) => reduceWithKeywords(m, m.pop()), // NEWOBJ_EX
  0x69: (m) => m.push(call(m, readGlobal(m), tuple(m.popMark()))), // INST
  0x6f: (m) => callMarked(m, m.popMark()), // OBJ
  0x62: (m) => build(m, m.pop()), // BUILD
  0x50: (m) => m.push(m.context.loadPersistent(m.reader.line())), // PERSID
  0x51: (m) => m.push(m.context.loadPersistent(m.pop())), // BINPERSID
};

function readGlobal(m: Unpickler): PythonGlobal {
  const module = m.reader.line();
  return m.context.findGlobal(`${module}.${m.reader.line()}`);
}

function popGlobal(m: Unpickler): PythonGlobal {
  const name = m.pop();
  const module = m.pop();
  if (typeof name !== 'string' || typeof module !== 'string') m.fail('a class whose name is not a string');
  return m.context.findGlobal(`${module}.${name}`);
}

function reduce(m: Unpickler, args: PythonValue): void {
  if (!isTuple(args)) return m.fail('arguments that are not a tuple');
  m.push(call(m, m.pop(), args));
}

function reduceWithKeywords(m: Unpickler, keywords: PythonValue): void {
  const args = m.pop();
  if (!(keywords instanceof Map) || !isTuple(args)) return m.fail('arguments that are not a tuple and a dict');
  reduce(m, keywords.size === 0 ? args : tuple([...args, keywords]));
}

function callMarked(m: Unpickler, items: readonly PythonValue[]): void {
  if (items.length === 0) m.fail('an object without a class');
  m.push(call(m, items[0]!, tuple(items.slice(1))));
}

function call(m: Unpickler, callee: PythonValue, args: readonly PythonValue[]): PythonValue {
  if (callee instanceof PythonGlobal) return callee.call(args);
  // What an inert call gave is called: functools.partial, getattr.
  if (callee instanceof PythonObject) return new PythonObject(callee.className, args);
  return m.fail('it calls something other than a class or function');
}

function build(m: Unpickler, state: PythonValue): void {
  const object = m.top();
  if (object instanceof PythonObject) object.state = state;
  else if (object instanceof OrderedDict && state instanceof Map) object.attributes = state;
  else if (object instanceof NumpyArray) object.setState(state);
  else if (object instanceof NumpyDtype) object.setState(state);
  // Attributes of tensors, dicts and the like are not kept.
  else if (typeof object !== 'object' || object === null) m.fail('it gives attributes to a value that cannot have any');
}
