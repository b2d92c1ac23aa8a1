import { deflateSync } from 'node:zlib';
import { crc32 } from '@onestep/checkpoint';
import { describeShape, type ImageShape } from '../image-shape.js';
import { copyRows, filterRows } from './filter-rows.js';
import { COLOR_TYPE, SIGNATURE } from './header.js';
import { storeZlib } from './stored-zlib.js';

/**
 * Settings of {@link encodePng}.
 *
 * @internal
 */
export interface EncodePngOptions extends ImageShape {
  /**
   * DEFLATE level from 0 (stored: fastest to write and read; used for data sets) to 9 (smallest). Default 6.
   */
  compressionLevel?: 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;
}

/** Length, type and checksum. */
const CHUNK_OVERHEAD = 12;
const HEADER_LENGTH = 13;
const DEPTH = 8;

/**
 * Encodes an 8-bit image as a PNG file (https://www.w3.org/TR/png).
 *
 * @param data [height, width, channels], 0 to 255
 * @param options size of the image; channels are 1 (gray) or 3 (RGB)
 * @returns the file
 * @throws if `data` is not of this size, or channels is neither 1 nor 3
 */
export function encodePng(data: Uint8Array, options: EncodePngOptions): Uint8Array {
  const { width, height, channels, compressionLevel = 6 } = options;
  if ((channels !== 1 && channels !== 3) || data.length !== width * height * channels) {
    throw new Error(
      `A PNG of ${describeShape(options)} (width x height x channels) cannot be made from ${data.length} bytes: ` +
        'it needs width * height * channels of them, and 1 or 3 channels.',
    );
  }
  const header = Buffer.alloc(HEADER_LENGTH);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([DEPTH, COLOR_TYPE[channels]], 8);
  const pixels =
    compressionLevel === 0
      ? storeZlib(copyRows(data, options))
      : deflateSync(filterRows(data, options), { level: compressionLevel });

  const file = Buffer.allocUnsafe(SIGNATURE.length + HEADER_LENGTH + pixels.length + 3 * CHUNK_OVERHEAD);
  file.set(SIGNATURE);
  let at = writeChunk(file, SIGNATURE.length, 'IHDR', header);
  at = writeChunk(file, at, 'IDAT', pixels);
  writeChunk(file, at, 'IEND', new Uint8Array(0));
  return file;
}

/** @returns the position of the next chunk */
function writeChunk(file: Buffer, at: number, type: string, data: Uint8Array): number {
  const end = at + 8 + data.length;
  file.writeUInt32BE(data.length, at);
  file.write(type, at + 4, 'latin1');
  file.set(data, at + 8);
  file.writeUInt32BE(crc32(file.subarray(at + 4, end)), end);
  return end + 4;
}
