import { crc32 } from '@onestep/checkpoint';

const FIRST_CHUNK = 8;
/** Length, type and checksum. */
const CHUNK_OVERHEAD = 12;
const EMPTY = new Uint8Array(0);

/** The chunks of a PNG file that its pixels are made of. */
export interface PngChunks {
  /** Contents of the IDAT chunks, concatenated: the compressed rows. */
  rows: Uint8Array;
  /** Colors of the palette (PLTE), RGB; empty for none. */
  palette: Uint8Array;
  /** Transparency of the first colors of the palette (tRNS); empty for none. */
  alpha: Uint8Array;
}

/**
 * Reads the chunks of a PNG file.
 *
 * @throws if the file is damaged; the message does not name the file
 */
export function readChunks(file: Uint8Array): PngChunks {
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const pieces: Uint8Array[] = [];
  let palette: Uint8Array = EMPTY;
  let alpha: Uint8Array = EMPTY;
  for (let at = FIRST_CHUNK; at < file.length;) {
    const length = at + CHUNK_OVERHEAD <= file.length ? view.getUint32(at) : Infinity;
    if (at + CHUNK_OVERHEAD + length > file.length) throw new Error('it is cut short');
    const end = at + 8 + length;
    if (crc32(file.subarray(at + 4, end)) !== view.getUint32(end)) throw new Error('a checksum is wrong');
    const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
    const contents = file.subarray(at + 8, end);
    if (type === 'IDAT') pieces.push(contents);
    else if (type === 'PLTE') palette = contents.subarray(0, 3 * 256);
    else if (type === 'tRNS') alpha = contents.subarray(0, 256);
    else if (type === 'IEND') break;
    at = end + 4;
  }
  if (pieces.length === 0) throw new Error('it has no pixels');
  return { rows: pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces), palette, alpha };
}
