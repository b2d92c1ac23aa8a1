import { crc32 } from '@onestep/checkpoint';

const FIRST_CHUNK = 8;
/** Length, type and checksum. */
const CHUNK_OVERHEAD = 12;

/**
 * Reads the compressed pixels of a PNG file: the contents of its IDAT chunks, concatenated.
 *
 * @throws if the file is damaged; the message does not name the file
 */
export function readImageData(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const pieces: Uint8Array[] = [];
  for (let at = FIRST_CHUNK; at < file.length;) {
    const length = at + CHUNK_OVERHEAD <= file.length ? view.getUint32(at) : Infinity;
    if (at + CHUNK_OVERHEAD + length > file.length) throw new Error('it is cut short');
    const end = at + 8 + length;
    if (crc32(file.subarray(at + 4, end)) !== view.getUint32(end)) throw new Error('a checksum is wrong');
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    if (type === 'IDAT') pieces.push(file.subarray(at + 8, end));
    if (type === 'IEND') break;
    at = end + 4;
  }
  if (pieces.length === 0) throw new Error('it has no pixels');
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}
