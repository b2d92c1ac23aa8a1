import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type HostTensor, type StateDict } from '../src/index.js';
import { readSafetensors, writeSafetensors } from '../src/node/index.js';

const MESSAGE = /^file: (not a valid safetensors file: |it is .*, not a safetensors file)/;

const shapes = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });
const tensors: fc.Arbitrary<HostTensor> = shapes.chain((shape) => {
  const size = shape.reduce((a, b) => a * b, 1);
  const of = (array: fc.Arbitrary<HostTensor['data']>) => array.map((data) => ({ shape, data }));
  const length = { minLength: size, maxLength: size };
  return fc.oneof(
    of(fc.float32Array(length)),
    of(fc.float64Array(length)),
    of(fc.int32Array(length)),
    of(fc.bigInt64Array(length)),
    of(fc.uint8Array(length)),
  );
});
const names = fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__' && name !== '__proto__');
const dicts = fc.dictionary(names, tensors, { noNullPrototype: true });
const metadata = fc.dictionary(names, fc.string(), { noNullPrototype: true });

const example = (): StateDict => ({ a: { shape: [2], data: Float32Array.of(1, 2) } });

/** A file with any header. */
function fileWith(header: unknown, body = 8): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + body);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

describe('safetensors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(dicts, metadata, (dict, strings) => {
        const contents = { tensors: dict, metadata: strings };
        expect(decodeSafetensors(encodeSafetensors(contents))).toEqual(contents);
      }),
    );
  });

  it('come back from a view into a larger buffer, at any offset', () => {
    const file = encodeSafetensors({ tensors: example(), metadata: {} });
    const larger = Buffer.alloc(file.length + 3);
    larger.set(file, 3);
    expect(decodeSafetensors(larger.subarray(3)).tensors).toEqual(example());
  });

  it('are refused when cut off anywhere', () => {
    fc.assert(
      fc.property(dicts, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (dict, share) => {
        const file = encodeSafetensors({ tensors: { ...dict, ...example() }, metadata: {} });
        const part = file.subarray(0, Math.floor(share * file.length));
        expect(() => decodeSafetensors(part, 'file')).toThrow(MESSAGE);
      }),
    );
  });

  it.each([
    ['no object', [1], 'its header is not an object'],
    ['an unknown data type', { a: { dtype: 'F8', shape: [2], data_offsets: [0, 8] } }, 'a has the data type F8'],
    ['a negative size', { a: { dtype: 'F32', shape: [-2], data_offsets: [0, 8] } }, 'a has no valid shape'],
    [
      'offsets that run backwards',
      { a: { dtype: 'F32', shape: [2], data_offsets: [8, 0] } },
      'a has -8 bytes for shape [2]',
    ],
    ['offsets beyond the end', { a: { dtype: 'F32', shape: [4], data_offsets: [0, 16] } }, 'a ends at byte 16 of 8'],
    [
      'a shape of another size',
      { a: { dtype: 'F32', shape: [3], data_offsets: [0, 8] } },
      'a has 8 bytes for shape [3]',
    ],
    ['no entry', { a: null }, 'a has no data type'],
  ])('with a header that states %s are refused', (_, header, message) => {
    expect(() => decodeSafetensors(fileWith(header), 'file')).toThrow(message);
  });

  it('with any bytes either decode or say that they are not valid', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeSafetensors(bytes, 'file');
        } catch (error) {
          expect((error as Error).message).toMatch(MESSAGE);
        }
      }),
    );
  });

  it('are not written with a shape that does not hold the data', () => {
    const wrong = { a: { shape: [3], data: Float32Array.of(1, 2) } };
    expect(() => encodeSafetensors({ tensors: wrong, metadata: {} })).toThrow('a: shape [3] does not hold 2 elements');
  });

  it('are written to files in one step', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
    const path = join(folder, 'a.safetensors');
    await writeSafetensors(path, { tensors: example(), metadata: { note: 'first' } });
    await writeSafetensors(path, { tensors: example(), metadata: { note: 'second' } });
    expect(await readSafetensors(path)).toEqual({ tensors: example(), metadata: { note: 'second' } });
    expect(await readdir(folder)).toEqual(['a.safetensors']);
    await rm(folder, { recursive: true });
  });
});
