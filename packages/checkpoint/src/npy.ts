import { ByteRange, memorySource, type ByteSource } from './bytes/byte-range.js';
import { decodeLatin1 } from './bytes/byte-reader.js';
import { CheckpointError } from './checkpoint-error.js';
import { arrayFromBytes, bytesPerElement, type Dtype, type HostArray } from './dtype.js';
import { elementCount, type HostTensor } from './host-tensor.js';
import { NumpyDtype } from './pickle/numpy-values.js';
import { fromFortranOrder } from './strided.js';

/** The first bytes of a `.npy` file (`numpy.lib.format`), before the two bytes of the version. */
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Magic, version, and the header's length in 2 bytes (version 1) or 4 (versions 2 and 3). */
const PREFIX_1 = 10;
const PREFIX = 12;
/** No header of an array of numbers is longer. */
const MAX_HEADER = 1 << 16;
/** NumPy's own bound. */
const MAX_RANK = 32;
/** Headers are padded so that the elements begin at a multiple of this number of bytes. */
const ALIGNMENT = 64;
const HEADER = /^\{'descr': '([^']{1,9})', 'fortran_order': (True|False), 'shape': \(([\d, ]*)\), \}\s*$/;
/** NumPy names of the types that are written. */
const CODES = { Uint8Array: '|u1', Float32Array: '<f4', Float64Array: '<f8' } as const;

/**
 * The header of a `.npy` file, and where the elements begin.
 *
 * @internal
 */
export interface NpyHeader {
  /** The type of the elements as NumPy writes it, such as `|u1` or `<i8`. */
  descr: string;
  dtype: Dtype;
  shape: number[];
  /** Position of the first element in the file. */
  start: number;
}

/** A NumPy array in a file. */
export interface NpyArray extends HostTensor {
  dtype: Dtype;
  /**
   * Reads some of the elements, in C order.
   *
   * @param start the first one
   * @throws CheckpointError beyond the last one
   */
  elements(start: number, count: number): HostArray;
}

/**
 * Reads the header of a `.npy` file (`numpy.lib.format`, versions 1 to 3). Nothing in it is evaluated; arrays
 * of objects are refused.
 *
 * @param bytes the beginning of the file
 * @param source the file's name, for messages
 * @returns null if more bytes are needed
 * @throws CheckpointError if it is not an array of numbers in C order
 * @internal
 */
export function readNpyHeader(bytes: Uint8Array, source: string): NpyHeader | null {
  const header = parseNpyHeader(bytes, source);
  if (header === null) return null;
  const { isFortranOrder, ...known } = header;
  const dtype = numericType(header, source);
  if (isFortranOrder && header.shape.length > 1) throw fortranOrderError(source);
  return { ...known, dtype };
}

/** @throws CheckpointError if the elements are not numbers that are read */
function numericType({ descr }: { descr: string }, source: string): Dtype {
  const type = NumpyDtype.of(descr);
  if (type !== undefined && !type.isBigEndian) return type.dtype;
  throw new CheckpointError(source, `an array of type ${descr}, which is not supported`);
}

/** {@link readNpyHeader} of an array of any type. */
export function parseNpyHeader(
  bytes: Uint8Array,
  source: string,
): (Omit<NpyHeader, 'dtype'> & { isFortranOrder: boolean }) | null {
  if (bytes.length < PREFIX) return null;
  const version = bytes[6]!;
  if (MAGIC.some((byte, i) => bytes[i] !== byte) || version < 1 || version > 3) {
    throw new CheckpointError(source, 'not an array in the format of numpy.save');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const textStart = version === 1 ? PREFIX_1 : PREFIX;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > MAX_HEADER) throw new CheckpointError(source, `an array with a header of ${length} bytes`);
  const start = textStart + length;
  if (bytes.length < start) return null;
  const header = HEADER.exec(decodeLatin1(bytes.subarray(textStart, start)));
  if (header === null) throw new CheckpointError(source, 'not a numeric .npy array');
  const [, descr, fortranOrder, sizes] = header as unknown as [string, string, string, string];
  const shape = sizes
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);
  return { descr, isFortranOrder: fortranOrder === 'True', shape, start };
}

/**
 * Opens an array of a `.npy` file (`numpy.save`), in C or Fortran order. Its elements are read each time they are requested.
 *
 * @param file the bytes, or where to read them
 * @param name the file's name for messages, if bytes are given
 * @throws CheckpointError if the file is damaged, or not an array of numbers
 * @internal
 */
export function decodeNpy(file: Uint8Array | ByteSource, name = 'npy file'): NpyArray {
  return openNpyRange(new ByteRange(file instanceof Uint8Array ? memorySource(file, name) : file));
}

/**
 * {@link decodeNpy} of a part of a file.
 *
 * @param source the array's name, for messages
 */
export function openNpyRange(file: ByteRange, source = file.source.name): NpyArray {
  const header = parseNpyHeader(readHeaderBytes(file), source);
  if (header === null) throw incompleteError(file, source);
  const { shape, start, isFortranOrder } = header;
  const dtype = numericType(header, source);
  const width = bytesPerElement(dtype);
  if (shape.length > MAX_RANK || elementCount(shape) * width !== file.length - start) {
    const text = shape.join(', ').slice(0, 100);
    throw new CheckpointError(
      source,
      `an array of shape [${text}] and type ${header.descr} with ${file.length - start} bytes`,
    );
  }
  const contents = file.slice(start, file.length - start);
  const read = (part: ByteRange) => arrayFromBytes(dtype, part.bytes());
  if (isFortranOrder) {
    // Any part is spread over the whole file: it is put in order once, when the first part is asked for.
    let ordered: HostArray | undefined;
    const inOrder = () => (ordered ??= fromFortranOrder(read(contents), shape));
    return {
      shape,
      dtype,
      get data() {
        return fromFortranOrder(read(contents), shape);
      },
      elements(first, count) {
        // Throws if it is outside of the array.
        contents.slice(first * width, count * width);
        return inOrder().slice(first, first + count);
      },
    };
  }
  return {
    shape,
    dtype,
    get data() {
      return read(contents);
    },
    elements: (first, count) => read(contents.slice(first * width, count * width)),
  };
}

/** Reads the bytes of a `.npy` file that its header is in. */
export function readHeaderBytes(file: ByteRange): Uint8Array {
  return file.slice(0, Math.min(file.length, PREFIX + MAX_HEADER)).bytes();
}

/** An error about an array whose first axis is the fastest one. */
export function fortranOrderError(source: string): CheckpointError {
  return new CheckpointError(source, 'an array in Fortran order; save numpy.ascontiguousarray of it');
}

/** An error about a file that ends within its header. */
export function incompleteError(file: ByteRange, source: string): CheckpointError {
  return new CheckpointError(source, `not a complete .npy array: it has ${file.length} bytes`);
}

/** Arrays that {@link encodeNpy} writes. */
export type NpyElements = Uint8Array | Float32Array | Float64Array;

/**
 * A `.npy` file as `numpy.save` writes it (`numpy.lib.format`, version 1).
 *
 * @param pieces the elements in C order, in pieces of one type
 */
export function encodeNpy(shape: readonly number[], pieces: readonly NpyElements[]): Uint8Array {
  const code = CODES[(pieces[0] ?? new Uint8Array(0)).constructor.name as keyof typeof CODES];
  const header = encodeHeader(code, shape);
  const bytes = new Uint8Array(header.length + pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  bytes.set(header);
  let at = header.length;
  for (const piece of pieces) {
    bytes.set(new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength), at);
    at += piece.byteLength;
  }
  return bytes;
}

function encodeHeader(code: string, shape: readonly number[]): Uint8Array {
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ');
  const text = `{'descr': '${code}', 'fortran_order': False, 'shape': (${sizes}), }`;
  const total = Math.ceil((PREFIX_1 + text.length + 1) / ALIGNMENT) * ALIGNMENT;
  const length = total - PREFIX_1;
  const padded = `${text.padEnd(length - 1)}\n`;
  return Uint8Array.from([...MAGIC, 1, 0, length & 0xff, length >> 8, ...new TextEncoder().encode(padded)]);
}
