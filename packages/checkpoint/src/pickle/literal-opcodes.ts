import type { ByteRange } from '../bytes/byte-range.js';
import { decodeLatin1 } from '../bytes/byte-reader.js';
import { pythonFloat, type PythonValue } from './python-values.js';
import type { Opcode, Unpickler } from './unpickler.js';

/** No file has longer integers; the time they take grows with the square of their length. */
const MAX_INTEGER_BYTES = 1024;
const MAX_CODE_POINT = 0x10ffff;

/** Instructions that push a number, a string or bytes. */
export const LITERAL_OPCODES: Record<number, Opcode> = {
  0x4e: (m) => m.push(null), // NONE
  0x88: (m) => m.push(true), // NEWTRUE
  0x89: (m) => m.push(false), // NEWFALSE

  0x49: (m) => m.push(readIntegerLine(m)), // INT
  0x4c: (m) => m.push(readIntegerLine(m)), // LONG
  0x4a: (m) => m.push(m.reader.int32()), // BININT
  0x4b: (m) => m.push(m.reader.uint8()), // BININT1
  0x4d: (m) => m.push(m.reader.uint16()), // BININT2
  0x8a: (m) => m.push(readLong(m, m.reader.uint8())), // LONG1
  0x8b: (m) => m.push(readLong(m, m.reader.int32())), // LONG4

  0x46: (m) => m.push(readFloatLine(m)), // FLOAT
  0x47: (m) => m.push(pythonFloat(m.reader.float64BigEndian())), // BINFLOAT

  0x53: (m) => m.push(readQuotedLine(m)), // STRING
  0x54: (m) => m.push(decodeLatin1(m.reader.take(checkLength(m, m.reader.int32())).bytes())), // BINSTRING
  0x55: (m) => m.push(decodeLatin1(m.reader.take(m.reader.uint8()).bytes())), // SHORT_BINSTRING
  0x56: (m) => m.push(readUnicodeLine(m)), // UNICODE
  0x58: (m) => m.push(decodeUtf8(m, m.reader.take(m.reader.uint32()))), // BINUNICODE
  0x8c: (m) => m.push(decodeUtf8(m, m.reader.take(m.reader.uint8()))), // SHORT_BINUNICODE
  0x8d: (m) => m.push(decodeUtf8(m, m.reader.take(m.reader.uint64()))), // BINUNICODE8

  0x42: (m) => m.push(m.reader.take(m.reader.uint32())), // BINBYTES
  0x43: (m) => m.push(m.reader.take(m.reader.uint8())), // SHORT_BINBYTES
  0x8e: (m) => m.push(m.reader.take(m.reader.uint64())), // BINBYTES8
  0x96: (m) => m.push(m.reader.take(m.reader.uint64())), // BYTEARRAY8
};

/** Reads an integer of any size. Protocol 0 writes `True` as `01`, and a long with an `L` at its end. */
function readIntegerLine(m: Unpickler): PythonValue {
  const text = m.reader.line();
  if (text === '00' || text === '01') return text === '01';
  if (!/^[+-]?\d{1,1000}L?$/.test(text)) m.fail(`${JSON.stringify(text.slice(0, 40))} is not an integer`);
  return toNumber(BigInt(text.replace(/L$/, '').replace(/^\+/, '')));
}

/** Reads an integer in two's complement, lowest byte first. */
function readLong(m: Unpickler, length: number): PythonValue {
  if (length < 0 || length > MAX_INTEGER_BYTES) m.fail(`an integer of ${length} bytes`);
  const bytes = m.reader.take(length).bytes();
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return toNumber(BigInt.asIntN(8 * length, value));
}

function toNumber(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function readFloatLine(m: Unpickler): PythonValue {
  const text = m.reader.line();
  const named: Record<string, number> = { inf: Infinity, '-inf': -Infinity, nan: NaN };
  const value = named[text] ?? (text.trim() === '' ? NaN : Number(text));
  if (Number.isNaN(value) && text !== 'nan') m.fail(`${JSON.stringify(text.slice(0, 40))} is not a number`);
  return pythonFloat(value);
}

/** Reads a string of Python 2, quoted as in a program. */
function readQuotedLine(m: Unpickler): string {
  const text = m.reader.line();
  if (!/^'.*'$|^".*"$/.test(text) || text.length < 2) m.fail('a string without quotes');
  const escapes: Record<string, string> = { n: '\n', t: '\t', r: '\r' };
  return text
    .slice(1, -1)
    .replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_, code: string) =>
      code.length === 3 ? String.fromCharCode(parseInt(code.slice(1), 16)) : (escapes[code] ?? code),
    );
}

/** Reads text in the encoding `raw-unicode-escape`. */
function readUnicodeLine(m: Unpickler): string {
  const escapes = /\\u([0-9a-fA-F]{4})|\\U(00[01][0-9a-fA-F]{5})/g;
  const letter = (_: string, short?: string, long?: string) => {
    const code = parseInt(short ?? long!, 16);
    return code <= MAX_CODE_POINT ? String.fromCodePoint(code) : m.fail('a character beyond U+10FFFF');
  };
  return m.reader.line().replace(escapes, letter);
}

function decodeUtf8(m: Unpickler, range: ByteRange): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(range.bytes());
  } catch {
    return m.fail('a string that is not UTF-8');
  }
}

function checkLength(m: Unpickler, length: number): number {
  return length >= 0 ? length : m.fail('a string of negative length');
}
