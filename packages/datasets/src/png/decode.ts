import { inflateSync } from 'node:zlib';
import { describeShape, isSameShape, type ImageShape } from '../image-shape.js';
import { readImageData } from './chunks.js';
import { readPngHeader, type PngHeader } from './header.js';
import { readScanlines, unpackedBytes } from './scanlines.js';

/**
 * Bounds of the buffer that zlib unpacks into: its own minimum, and a size to allocate before the data are
 * known to be there.
 */
const [MIN_CHUNK, MAX_CHUNK] = [64, 1 << 20];

/**
 * Reads the size of a PNG image of a data set from its header.
 *
 * @param source the file's name, for messages
 * @throws if the file is not a PNG image, or not one of 8 bits per channel without a palette or transparency
 */
export function readPngShape(file: Uint8Array, source: string): ImageShape {
  const { width, height, channels, depth } = readPngHeader(file, source);
  if (depth !== 8)
    throw new Error(`${source}: an image of ${depth} bits per channel; data sets have PNG images of 8 bits.`);
  return { width, height, channels };
}

/**
 * Decodes a PNG image of a data set. The size in the header is checked before memory is allocated for the
 * pixels.
 *
 * @param expected the size that the image must have
 * @param source the file's name, for messages
 * @returns [H, W, C]
 * @throws if the image is of another size or damaged
 */
export function decodePng(file: Uint8Array, expected: ImageShape, source: string): Uint8Array {
  const shape = readPngShape(file, source);
  if (!isSameShape(shape, expected)) {
    throw new Error(
      `${source}: the image is ${describeShape(shape)} (width x height x channels) and the others are ` +
        `${describeShape(expected)}; all images of a data set have one size.`,
    );
  }
  return decodePngPixels(file, readPngHeader(file, source), source);
}

/**
 * Decodes a PNG image (https://www.w3.org/TR/png): 8-bit gray or RGB, and the kinds that Pillow converts to
 * these: gray of 2 and 4 bits, RGB of 16. Memory is allocated for the size in the header and never for more,
 * whatever the data unpack to.
 *
 * @param header of {@link readPngHeader}
 * @param source the file's name, for messages
 * @returns [H, W, C], 8 bits per channel
 * @throws if the image is damaged
 */
export function decodePngPixels(file: Uint8Array, header: PngHeader, source: string): Uint8Array {
  const size = unpackedBytes(header);
  try {
    // One byte more than needed: zlib allocates another buffer when it has filled one, even at the end of the
    // data.
    const chunkSize = Math.min(Math.max(size + 1, MIN_CHUNK), MAX_CHUNK);
    const rows = inflateSync(readImageData(file), { maxOutputLength: size, chunkSize });
    if (rows.length < size) throw new Error(`${rows.length} bytes of pixels, not ${size}`);
    return readScanlines(rows, header);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isTooLarge = code === 'ERR_BUFFER_TOO_LARGE';
    const what = isTooLarge ? `its pixels unpack to more than the ${size} bytes of its size` : message;
    throw new Error(`${source}: a damaged PNG image (${what}).`, { cause: error });
  }
}
