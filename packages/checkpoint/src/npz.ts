import { wrongKindError } from './identify/identify-file.js';
import { ByteRange, memorySource, type ByteSource } from './bytes/byte-range.js';
import { elementCount } from './host-tensor.js';
import { isNpyTexts, readNpyTexts } from './npy-texts.js';
import { encodeNpy, openNpyRange, type NpyArray, type NpyElements } from './npy.js';
import { storedZip, type ZipFile } from './zip/stored-zip.js';
import { isZip, listZipNames, readZipDirectory, type Inflate } from './zip/zip-directory.js';

/**
 * Opens the arrays of an `.npz` file of `numpy.savez` (not of `savez_compressed`, which `openNpz` reads), by name. Nothing
 * in the file is executed: arrays of objects, which are pickles, are refused. Arrays of texts are left out.
 *
 * @param file the bytes, or a source, from which an array's elements are read each time they are requested
 * @param name the file's name for messages, if bytes are given
 * @throws CheckpointError if the file is damaged or compressed, or an array is not one of numbers
 */
export function decodeNpz(file: Uint8Array | ByteSource, name = 'npz file'): Record<string, NpyArray> {
  return openNpzSource(file instanceof Uint8Array ? memorySource(file, name) : file);
}

/** {@link decodeNpz} of a source. @param inflate unpacks the arrays of `numpy.savez_compressed`; left out, they are refused */
export function openNpzSource(source: ByteSource, inflate?: Inflate): Record<string, NpyArray> {
  if (!isZip(source)) throw wrongKindError(source, 'an .npz archive', 'not an .npz archive: it is not a ZIP file');
  const range = new ByteRange(source);
  const names = listZipNames(range);
  if (names.length > 0 && !names.some((entry) => entry.endsWith('.npy'))) {
    throw wrongKindError(source, 'an .npz archive', 'not an .npz archive: it has no arrays');
  }
  const arrays = [...readZipDirectory(range, inflate)].flatMap(([entry, contents]): [string, NpyArray][] => {
    const place = `${source.name}, ${entry}`;
    if (entry.endsWith('.npy') && isNpyTexts(contents, place)) return [];
    return [[entry.replace(/\.npy$/, ''), openNpyRange(contents, place)]];
  });
  return Object.fromEntries(arrays);
}

/**
 * Reads the arrays of texts of an `.npz` file, NumPy's `<U...` and `|S...`, by name. Other arrays are left out.
 *
 * @throws CheckpointError if the file is damaged
 * @internal
 */
export function readNpzTexts(source: ByteSource, inflate?: Inflate): Record<string, string[]> {
  if (!isZip(source)) throw wrongKindError(source, 'an .npz archive', 'not an .npz archive: it is not a ZIP file');
  const texts = [...readZipDirectory(new ByteRange(source), inflate)].flatMap(([entry, contents]) => {
    const found = readNpyTexts(contents, `${source.name}, ${entry}`);
    return found === null ? [] : [[entry.replace(/\.npy$/, ''), found] as const];
  });
  return Object.fromEntries(texts);
}

/** An array for an `.npz` file. */
export interface NpzContents {
  shape: readonly number[];
  /** The elements in C order, in pieces of one type. */
  pieces: readonly NpyElements[];
}

/**
 * An `.npz` file as `numpy.savez` writes it, in pieces. One array at a time is in memory.
 *
 * @throws if the elements of an array are not as many as its shape says, or of several types
 */
export function npzChunks(arrays: Readonly<Record<string, NpzContents>>): Iterable<Uint8Array> {
  const files = Object.entries(arrays).map(([name, { shape, pieces }]): ZipFile => {
    const given = pieces.reduce((sum, piece) => sum + piece.length, 0);
    if (given !== elementCount(shape)) {
      throw new Error(`The array ${name} of shape [${shape}] has ${given} elements, not ${elementCount(shape)}.`);
    }
    const types = new Set(pieces.map((piece) => piece.constructor.name));
    if (types.size > 1) {
      throw new Error(`The pieces of the array ${name} are of several types: ${[...types].join(', ')}.`);
    }
    return { name: `${name}.npy`, contents: () => encodeNpy(shape, pieces) };
  });
  return storedZip(files);
}
