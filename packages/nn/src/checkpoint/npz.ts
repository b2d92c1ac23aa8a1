import { ByteReader } from './bytes/byte-reader.js';
import { ByteRange } from './bytes/byte-range.js';
import { memorySource, type ByteSource } from './bytes/byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { arrayFromBytes, bytesPerElement, type HostArray } from './dtype.js';
import type { HostTensor } from './host-tensor.js';
import { NumpyDtype } from './pickle/numpy-values.js';
import { readZipDirectory } from './zip/zip-directory.js';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
const MAX_HEADER = 1 << 16;
const HEADER = /^\{'descr': '([^']{1,9})', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/;

/** An array of an `.npz` file. */
export interface NpzArray extends HostTensor {
  /** Some of the elements in C order; only they are read. @throws CheckpointError if there are not so many */
  elements(start: number, count: number): HostArray;
}

/**
 * The arrays of an `.npz` file of `numpy.savez`, by name (not those of `savez_compressed`). Format: `numpy.lib.format`,
 * versions 1 to 3. Nothing in the file is executed: arrays of objects, which are pickles, are refused.
 *
 * @param file the bytes, or a source, from which an array's elements are read each time they are asked for
 * @param name what messages call the file, if bytes are given
 * @throws CheckpointError if the file is damaged, compressed, or an array is none of numbers in C order
 */
export function decodeNpz(file: Uint8Array | ByteSource, name = 'npz file'): Record<string, NpzArray> {
  const source = file instanceof Uint8Array ? memorySource(file, name) : file;
  const arrays = [...readZipDirectory(new ByteRange(source))].map(([entry, contents]): [string, NpzArray] => [
    entry.replace(/\.npy$/, ''),
    readNpy(contents, entry),
  ]);
  return Object.fromEntries(arrays);
}

function readNpy(file: ByteRange, name: string): NpzArray {
  const fail = (what: string): never => {
    throw new CheckpointError(file.source.name, `the array ${name} ${what}`);
  };
  const reader = new ByteReader(file);
  if (MAGIC.some((byte) => reader.uint8() !== byte)) fail('is not in the format of numpy.save');
  const version = reader.uint16() & 0xff;
  const length = version === 1 ? reader.uint16() : reader.uint32();
  if (version < 1 || version > 3 || length > MAX_HEADER) fail(`has a header of version ${version} and ${length} bytes`);
  const header = HEADER.exec(new TextDecoder().decode(reader.take(length).bytes()));
  if (header === null) return fail('has no valid header');
  const [, code, fortranOrder, sizes] = header as unknown as [string, string, string, string];
  const { dtype } = NumpyDtype.of(code) ?? fail(`has elements of type ${code}, which are not read`);
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  if (fortranOrder === 'True' && shape.length > 1) fail('is in Fortran order; save numpy.ascontiguousarray of it');
  const size = shape.reduce((a, b) => a * b, bytesPerElement(dtype));
  if (shape.length > 32 || size !== file.length - reader.position) {
    fail(`of shape [${sizes.trim().slice(0, 100)}] has ${file.length - reader.position} bytes`);
  }
  const contents = reader.take(size);
  return {
    shape,
    dtype,
    get data() {
      return arrayFromBytes(dtype, contents.bytes());
    },
    elements(start, count) {
      const width = bytesPerElement(dtype);
      return arrayFromBytes(dtype, contents.slice(start * width, count * width).bytes());
    },
  };
}
