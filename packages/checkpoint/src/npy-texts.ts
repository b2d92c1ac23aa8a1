import type { ByteRange } from './bytes/byte-range.js';
import { CheckpointError } from './checkpoint-error.js';
import { elementCount } from './host-tensor.js';
import { fortranOrderError, incompleteError, parseNpyHeader, readHeaderBytes } from './npy.js';

/** NumPy's types of texts, filled up with zeros to one length: of little-endian UTF-32, and of bytes. */
const TEXTS = /^(<U|\|S)([1-9]\d*)$/;
const BYTES_PER_CHARACTER = 4;
const LAST_CODE_POINT = 0x10ffff;

/** Whether a `.npy` file is an array of texts. */
export function isNpyTexts(file: ByteRange, source: string): boolean {
  return TEXTS.test(parseNpyHeader(readHeaderBytes(file), source)?.descr ?? '');
}

/**
 * Reads an array of texts, NumPy's `<U...` or, in UTF-8, `|S...`, of a `.npy` file.
 *
 * @param source the array's name, for messages
 * @returns the texts in C order; null for an array of another type
 * @throws CheckpointError if the file is damaged, or is of several axes in Fortran order
 */
export function readNpyTexts(file: ByteRange, source: string): string[] | null {
  const header = parseNpyHeader(readHeaderBytes(file), source);
  if (header === null) throw incompleteError(file, source);
  const { descr, shape, start, isFortranOrder } = header;
  const type = TEXTS.exec(descr);
  if (type === null) return null;
  const width = Number(type[2]);
  const isBytes = type[1] === '|S';
  const count = elementCount(shape);
  if (isFortranOrder && shape.length > 1) throw fortranOrderError(source);
  if (count * width * (isBytes ? 1 : BYTES_PER_CHARACTER) !== file.length - start) {
    throw new CheckpointError(
      source,
      `an array of shape [${shape.join(', ')}] and type ${descr} with ${file.length - start} bytes`,
    );
  }
  const bytes = file.slice(start, file.length - start).bytes();
  if (isBytes) {
    const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
    return Array.from({ length: count }, (_, i) =>
      utf8.decode(bytes.subarray(i * width, (i + 1) * width)).replace(/\0+$/, ''),
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: count }, (_, i) => {
    const codes = Array.from({ length: width }, (_, j) => view.getUint32((i * width + j) * BYTES_PER_CHARACTER, true));
    if (codes.some((code) => code > LAST_CODE_POINT)) {
      throw new CheckpointError(source, `an array of texts, of which number ${i} has a character that does not exist`);
    }
    return codes
      .map((code) => String.fromCodePoint(code))
      .join('')
      .replace(/\0+$/, '');
  });
}
