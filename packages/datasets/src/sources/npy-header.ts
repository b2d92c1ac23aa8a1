import { MAX_NPY_HEADER, NPY_MAGIC, parseNpyHeader, type NpyHeader } from '@onestep/checkpoint';

/** What the header of an array of `numpy.save` says, and where its elements begin. */
export interface NpyStart extends Omit<NpyHeader, 'fortranOrder'> {
  start: number;
}

/** Magic, version, and the header's length in 2 (version 1) or 4 bytes. */
const PREFIX = 12;

/**
 * Reads the header of an array (`numpy.lib.format`, versions 1 to 3). Nothing in it is evaluated: arrays of objects are refused.
 *
 * @param bytes the beginning of the file
 * @returns null if more bytes are needed
 * @throws if it is no such file, or in Fortran order
 */
export function readNpyHeader(bytes: Buffer, source: string): NpyStart | null {
  if (bytes.length < PREFIX) return null;
  const version = bytes[6]!;
  if (NPY_MAGIC.some((byte, i) => bytes[i] !== byte) || version < 1 || version > 3) {
    throw new Error(`${source}: not an array in the format of numpy.save.`);
  }
  const begin = version === 1 ? 10 : PREFIX;
  const length = version === 1 ? bytes.readUInt16LE(8) : bytes.readUInt32LE(8);
  if (length > MAX_NPY_HEADER) throw new Error(`${source}: an array with a header of ${length} bytes.`);
  if (bytes.length < begin + length) return null;
  const header = parseNpyHeader(bytes.toString('latin1', begin, begin + length));
  if (header === null) throw new Error(`${source}: its header is none of an array of numbers.`);
  const { descr, fortranOrder, shape } = header;
  if (fortranOrder) throw new Error(`${source}: an array in Fortran order; save numpy.ascontiguousarray of it.`);
  return { descr, shape, start: begin + length };
}
