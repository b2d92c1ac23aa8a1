import { ByteReader } from './bytes/byte-reader.js';
import { ByteRange } from './bytes/byte-range.js';
import { memorySource, type ByteSource } from './bytes/byte-source.js';
import { CheckpointError } from './checkpoint-error.js';
import { arrayFromBytes, bytesPerElement, type HostArray } from './dtype.js';
import type { HostTensor } from './host-tensor.js';
import { MAX_NPY_HEADER, NPY_MAGIC, parseNpyHeader } from './npy-header.js';
import { NumpyDtype } from './pickle/numpy-values.js';
import { readZipDirectory } from './zip/zip-directory.js';

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
  if (NPY_MAGIC.some((byte) => reader.uint8() !== byte)) fail('is not in the format of numpy.save');
  const version = reader.uint16() & 0xff;
  const length = version === 1 ? reader.uint16() : reader.uint32();
  if (version < 1 || version > 3 || length > MAX_NPY_HEADER)
    fail(`has a header of version ${version} and ${length} bytes`);
  const header = parseNpyHeader(new TextDecoder().decode(reader.take(length).bytes()));
  if (header === null) return fail('has no valid header');
  const { descr, fortranOrder, shape } = header;
  const { dtype } = NumpyDtype.of(descr) ?? fail(`has elements of type ${descr}, which are not read`);
  if (fortranOrder) fail('is in Fortran order; save numpy.ascontiguousarray of it');
  const size = shape.reduce((a, b) => a * b, bytesPerElement(dtype));
  if (shape.length > 32 || size !== file.length - reader.position) {
    fail(`of shape [${shape.join(', ').slice(0, 100)}] has ${file.length - reader.position} bytes`);
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
