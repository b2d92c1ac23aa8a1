import { inflateSync } from 'node:zlib';
import { describeShape, sameShape, type ImageShape } from '../image-shape.js';
import { imageData } from './chunks.js';
import { readPngHeader, type PngHeader } from './header.js';
import { readScanlines, unpackedBytes } from './scanlines.js';

/** Bytes that are unpacked at a time: zlib's least, and what is worth taking before anything is known to be there. */
const [MIN_CHUNK, MAX_CHUNK] = [64, 1 << 20];

/**
 * Reads the size of a data set's PNG image from its header alone.
 *
 * @param source names the file in messages
 * @throws if the file is not a PNG, or not one of 8 bits a channel without a palette or transparency
 */
export function pngShape(file: Uint8Array, source: string): ImageShape {
  const { width, height, channels, depth } = readPngHeader(file, source);
  if (depth !== 8) throw new Error(`${source}: an image of ${depth} bits; data sets hold PNG images of 8 bits.`);
  return { width, height, channels };
}

/**
 * Decodes a PNG image of a data set.
 *
 * The header is compared with the size expected before any memory is taken for the pixels.
 *
 * @param expected the size the image must have
 * @param source names the file in messages
 * @returns pixels in HWC order
 * @throws if the image is of another size or damaged
 */
export function decodePng(file: Uint8Array, expected: ImageShape, source: string): Uint8Array {
  const shape = pngShape(file, source);
  if (!sameShape(shape, expected)) {
    throw new Error(
      `${source}: the image is ${describeShape(shape)} (width x height x channels) and the others are ` +
        `${describeShape(expected)}; all images of a data set have one size.`,
    );
  }
  return pngPixels(file, readPngHeader(file, source), source);
}

/**
 * Decodes a PNG image (https://www.w3.org/TR/png): 8-bit gray or RGB, and what Pillow makes such of: gray of 2 and 4 bits, RGB of
 * 16. Memory is taken for what the header states and never for more, whatever the data unpack to.
 *
 * @param header of {@link readPngHeader}
 * @returns pixels in HWC order, 8 bits a channel
 * @throws if the image is damaged
 */
export function pngPixels(file: Uint8Array, header: PngHeader, source: string): Uint8Array {
  const size = unpackedBytes(header);
  try {
    // Room for one byte more: zlib would ask for further room, and get it, to say that there is nothing more.
    const chunkSize = Math.min(Math.max(size + 1, MIN_CHUNK), MAX_CHUNK);
    const rows = inflateSync(imageData(file), { maxOutputLength: size, chunkSize });
    if (rows.length < size) throw new Error(`${rows.length} bytes of pixels, not ${size}`);
    return readScanlines(rows, header);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what =
      code === 'ERR_BUFFER_TOO_LARGE' ? `its pixels unpack to more than the ${size} bytes of its size` : message;
    throw new Error(`${source}: a damaged PNG image (${what}).`, { cause: error });
  }
}
