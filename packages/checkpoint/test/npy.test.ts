import { describe, expect, it } from 'vitest';
import { ByteRange, decodeNpy, memorySource, readNpyHeader, type HostArray } from '../src/index.js';
import { readNpyTexts } from '../src/npy-texts.js';

/** A `.npy` file of any header. */
function npyFile(header: string, data: Uint8Array, version = 1): Buffer {
  const text = Buffer.from(`${header}\n`, 'latin1');
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from(`\x93NUMPY${String.fromCharCode(version, 0)}`, 'latin1'), length, text, data]);
}

function header(descr: string, shape: string, fortranOrder = 'False'): string {
  return `{'descr': '${descr}', 'fortran_order': ${fortranOrder}, 'shape': (${shape}), }`;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: HostArray) => new Uint8Array(buffer, byteOffset, byteLength);

describe('decodeNpy', () => {
  it.each([
    ['<f8', 'F64', Float64Array.of(0.1, -1e300)],
    ['<f4', 'F32', Float32Array.of(0.5, -2)],
    ['<f2', 'F16', Uint16Array.of(0x3c00, 0xc000)],
    ['<i8', 'I64', BigInt64Array.of(-1n, 2n ** 62n)],
    ['<i4', 'I32', Int32Array.of(-1, 7)],
    ['<i2', 'I16', Int16Array.of(-1, 7)],
    ['|i1', 'I8', Int8Array.of(-1, 7)],
    ['<u8', 'U64', BigUint64Array.of(2n ** 63n, 1n)],
    ['<u4', 'U32', Uint32Array.of(2 ** 31, 1)],
    ['<u2', 'U16', Uint16Array.of(40_000, 1)],
    ['|u1', 'U8', Uint8Array.of(200, 1)],
    ['|b1', 'BOOL', Uint8Array.of(1, 0)],
  ] as const)('reads elements of type %s', (descr, dtype, data) => {
    for (const version of [1, 2, 3]) {
      const array = decodeNpy(npyFile(header(descr, '1, 2'), bytesOf(data), version));
      expect([array.dtype, array.shape, array.data]).toEqual([dtype, [1, 2], data]);
      expect(array.elements(1, 1)).toEqual(data.slice(1));
    }
  });

  it.each([
    ['objects', npyFile(header('|O', '2,'), new Uint8Array(16)), 'an array of type |O, which is not supported'],
    ['big-endian numbers', npyFile(header('>i4', '2,'), new Uint8Array(8)), 'an array of type >i4'],
    ['records', npyFile("{'descr': [('a', '<i4')], }", new Uint8Array(4)), 'not a numeric .npy array'],
    ['an expression', npyFile(header('|u1', '2 ** 40,'), new Uint8Array(4)), 'not a numeric .npy array'],
    ['too few elements', npyFile(header('|u1', '5,'), new Uint8Array(4)), 'of shape [5] and type |u1 with 4 bytes'],
    ['an unknown version', npyFile(header('|u1', '4,'), new Uint8Array(4), 4), 'not an array in the format'],
    ['text', Buffer.from('hello, this is text'), 'not an array in the format of numpy.save'],
    ['a header cut short', npyFile(header('|u1', '4,'), new Uint8Array(0)).subarray(0, 40), 'not a complete .npy'],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeNpy(file, 'a.npy')).toThrow(/^a\.npy: /);
    expect(() => decodeNpy(file, 'a.npy')).toThrow(message);
  });
});

it('decodeNpy reads Fortran order, as NumPy saves a transposed array; a reader of the header alone refuses it', () => {
  const file = npyFile(header('<f4', '2, 3', 'True'), bytesOf(Float32Array.of(1, 4, 2, 5, 3, 6)));
  const array = decodeNpy(file, 'a.npy');
  expect([array.shape, array.data]).toEqual([[2, 3], Float32Array.of(1, 2, 3, 4, 5, 6)]);
  expect(array.elements(2, 3)).toEqual(Float32Array.of(3, 4, 5));
  expect(() => array.elements(4, 3)).toThrow();
  expect(() => readNpyHeader(file, 'a.npy')).toThrow(/numpy\.ascontiguousarray/);
});

it('readNpyHeader asks for more bytes until it has the header', () => {
  const file = npyFile(header('|u1', '2, 3'), new Uint8Array(6));
  const start = file.length - 6;
  for (let length = 0; length < start; length++) expect(readNpyHeader(file.subarray(0, length), 'a.npy')).toBeNull();
  expect(readNpyHeader(file, 'a.npy')).toEqual({ descr: '|u1', dtype: 'U8', shape: [2, 3], start });
});

describe('readNpyTexts', () => {
  const read = (file: Uint8Array) => readNpyTexts(new ByteRange(memorySource(file, 'a.npy')), 'a.npy');
  const codes = (...numbers: number[]) => new Uint8Array(Uint32Array.from(numbers).buffer);

  it('reads texts of bytes in UTF-8', () => {
    expect(read(npyFile(header('|S5', '2,'), Buffer.from('caf\u00e9a\0\0\0\0')))).toEqual(['caf\u00e9', 'a']);
  });

  it('reads texts of UTF-32 without the zeros at their ends, and no numbers', () => {
    const texts = npyFile(header('<U2', '3,'), codes(0x61, 0, 0x1f642, 0x20, 0, 0));
    expect(read(texts)).toEqual(['a', '\u{1f642} ', '']);
    expect(read(npyFile(header('<f4', '1,'), codes(0)))).toBeNull();
    expect(() => decodeNpy(texts, 'a.npy')).toThrow(/an array of type <U2, which is not supported/);
  });

  it.each([
    [
      'a number beyond Unicode',
      npyFile(header('<U1', '1,'), codes(0x110000)),
      /number 0 has a character that does not exist/,
    ],
    ['columns in Fortran order', npyFile(header('<U1', '1, 2', 'True'), codes(97, 98)), /numpy\.ascontiguousarray/],
    ['too few bytes', npyFile(header('<U2', '2,'), codes(1)), /of shape \[2\] and type <U2 with 4 bytes/],
    ['a header cut short', npyFile(header('<U2', '2,'), codes()).subarray(0, 40), /not a complete .npy/],
  ])('refuses %s', (_, file, message) => {
    expect(() => read(file)).toThrow(message);
  });

  it('does not allocate texts of no letters, of which a short file may state billions', () => {
    expect(read(npyFile(header('<U0', '4000000000,'), codes()))).toBeNull();
  });
});
