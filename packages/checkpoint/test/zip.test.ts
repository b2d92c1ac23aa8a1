import { createHash } from 'node:crypto';
import { crc32 as nodeCrc32 } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  crc32,
  decodeTorchFile,
  encodeTorchFile,
  OrderedDict,
  StoredZipWriter,
  type HostTensor,
} from '../src/index.js';
import { ByteRange, memorySource } from '../src/bytes/byte-range.js';
import { npzChunks } from '../src/npz.js';
import { tableCrc32 } from '../src/zip/crc32.js';
import { directoryEntry, endRecords, localHeader } from '../src/zip/records.js';
import { readZipDirectory } from '../src/zip/zip-directory.js';

const sha256 = (...pieces: Uint8Array[]) => createHash('sha256').update(Buffer.concat(pieces)).digest('hex');

/** An archive of these files. */
function zipOf(files: [name: string, contents: Uint8Array][], alignment?: number): Uint8Array {
  const zip = new StoredZipWriter(alignment);
  const pieces = files.flatMap(([name, contents]) => [zip.add(name, contents), contents]);
  return Buffer.concat([...pieces, ...zip.end()]);
}

// Files are identified by their contents: the bytes are those of the first release, for ever.
describe('the bytes of archives', () => {
  it('with more entries than the old records can count', () => {
    const contents = Uint8Array.of(1, 2, 3);
    const names = Array.from({ length: 70_000 }, (_, i) => `${String(i).padStart(8, '0')}.png`);
    const zip = zipOf(names.map((name) => [name, contents]));
    expect(sha256(zip)).toBe('b56595ab2c3034203272ccf9e0d1ed2fb28f45f16b7ecc92dda52b5929b0c68e');
  });

  it('with an entry beyond 4 GiB', () => {
    const contents = Uint8Array.of(1, 2, 3);
    const entry = { name: 'näme.png', crc: crc32(contents), size: 3, offset: 2 ** 32 + 5 };
    const [header, listed] = [localHeader(entry, 1), directoryEntry(entry)];
    const end = endRecords(1, listed.length, entry.offset + header.length + contents.length);
    expect(sha256(header, contents, listed, end)).toBe(
      '394988ea4e77e701cedca7b22822e5891b0102743b80ee890211c0c766bb1065',
    );
  });

  it('of arrays of NumPy', () => {
    const chunks = npzChunks({
      arr_0: { shape: [2, 3], pieces: [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)] },
      mu: { shape: [2], pieces: [Float64Array.of(0.1, -1e300)] },
      f: { shape: [1, 1, 3], pieces: [Float32Array.of(1, 2, 3)] },
    });
    expect(sha256(...chunks)).toBe('a4a7ffe1619e03203566da5cf32ec1dfd0f614844d66939184d9bae5d892b8cb');
  });

  it('of tensors of PyTorch', () => {
    const tensors: Record<string, HostTensor> = {
      f64: { shape: [2], data: Float64Array.of(0.1, -1e300) },
      f32: { shape: [2, 1], data: Float32Array.of(1.5, NaN) },
      f16: { shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x0001), dtype: 'F16' },
      bf16: { shape: [2], data: Uint16Array.of(0x3f80, 0xff80), dtype: 'BF16' },
      i64: { shape: [], data: BigInt64Array.of(-(2n ** 62n)) },
      i32: { shape: [1], data: Int32Array.of(-7) },
      i16: { shape: [1], data: Int16Array.of(-300) },
      i8: { shape: [1], data: Int8Array.of(-7) },
      u8: { shape: [1], data: Uint8Array.of(200) },
      bool: { shape: [2], data: Uint8Array.of(1, 0), dtype: 'BOOL' },
      empty: { shape: [0, 3], data: new Float32Array(0) },
    };
    const file = encodeTorchFile(new OrderedDict(Object.entries(tensors) as [string, never][]));
    expect(sha256(file)).toBe('ca8865dc1bb1b42ea6ebd16612b68d8b46a6117c6babc69b510a6933a8dfd3c7');
  });
});

describe('StoredZipWriter', () => {
  const files = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, unit: 'grapheme' }), fc.uint8Array()), {
    selector: ([name]) => name,
    maxLength: 5,
  });

  it('writes what readZipDirectory reads, aligned', () => {
    fc.assert(
      fc.property(files, fc.constantFrom(1, 8, 64), (entries, alignment) => {
        const found = [...readZipDirectory(new ByteRange(memorySource(zipOf(entries, alignment), 'a.zip')))];
        expect(found.map(([name, range]) => [name, Uint8Array.from(range.bytes())])).toEqual(entries);
        for (const [, { start }] of found) expect(start % alignment).toBe(0);
      }),
    );
  });
});

describe('readZipDirectory refuses', () => {
  /** An archive whose records are changed: offsets of the end record, and of the entries in the directory. */
  function changed(change: (view: DataView, end: number, entries: number[]) => void): () => unknown {
    const zip = Uint8Array.from(
      zipOf([
        ['long', new Uint8Array(999)],
        ['last', new Uint8Array(9)],
      ]),
    );
    const view = new DataView(zip.buffer);
    const end = zip.length - 22;
    const start = view.getUint32(end + 16, true);
    const entryBytes = (end - start) / 2;
    change(view, end, [start, start + entryBytes]);
    return () => readZipDirectory(new ByteRange(memorySource(zip, 'a.zip')));
  }

  it.each<[string, (view: DataView, end: number, entries: number[]) => void, RegExp]>([
    ['a directory somewhere else', (view, end) => view.setUint32(end + 16, 4, true), /not where the end record says/],
    ['64-bit records that are not there', (view, end) => view.setUint16(end + 10, 0xffff, true), /64-bit end record/],
    [
      'the same bytes as two entries',
      (view, _, [first, second]) => {
        // Packed size, unpacked size, and the place of the local header.
        for (const field of [20, 24, 42]) view.setUint32(second! + field, view.getUint32(first! + field, true), true);
      },
      /its entries overlap/,
    ],
    [
      'two entries of one name',
      (view, _, [first, second]) => view.setUint32(second! + 46, view.getUint32(first! + 46, true), true),
      /it lists long twice/,
    ],
    ['an encrypted entry', (view, _, [first]) => view.setUint16(first! + 8, 1, true), /the entry long is encrypted/],
    ['an entry somewhere else', (view, _, [first]) => view.setUint32(first! + 42, 7, true), /long is not where the/],
  ])('%s', (_, change, message) => {
    expect(changed(() => undefined)).not.toThrow();
    expect(changed(change)).toThrow(message);
  });
});

it('a file of PyTorch from a processor with its bytes in the other order is refused', () => {
  const file = zipOf([
    ['archive/data.pkl', Uint8Array.of(0x80, 2, 0x4e, 0x2e)],
    ['archive/byteorder', new TextEncoder().encode('big')],
  ]);
  expect(() => decodeTorchFile(file, 'big.pth')).toThrow(/big\.pth: .*its numbers are not in little-endian order/);
});

describe('crc32', () => {
  it.each([
    ['of Node', crc32],
    ['of a table', tableCrc32],
  ])('%s is that of zlib, whole and in parts', (_, compute) => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        const expected = nodeCrc32(Buffer.concat([a, b]));
        expect(compute(Buffer.concat([a, b]))).toBe(expected);
        expect(compute(b, compute(a))).toBe(expected);
      }),
    );
  });
});
