import { inflateSync } from 'node:zlib';
import type { DecodedImage } from '../decoding/image-change.js';
import { checkImageSize } from '../decoding/size-limits.js';
import { describeShape, isSameShape, type ImageShape } from '../image-shape.js';
import { readChunks } from './chunks.js';
import { expandPng } from './expand.js';
import { findForeignKind, readPngHeader, type PngHeader } from './header.js';
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
  const header = readPngHeader(file, source);
  const problem = findForeignKind(header);
  if (problem !== null) {
    throw new Error(
      `${source}: ${problem}; data sets have gray or RGB images of 8 bits. Make one of these images: ` +
        'onestep dataset convert, or convertDataset.',
    );
  }
  const { width, height, channels } = header;
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
  return decodePngPixels(file, readPngHeader(file, source), source).data;
}

/**
 * Decodes a PNG image (https://www.w3.org/TR/png) to gray or RGB pixels of 8 bits. Memory is allocated for the
 * size in the header and never for more, whatever the data unpack to.
 *
 * @param header of {@link readPngHeader}
 * @param source the file's name, for messages
 * @returns [H, W, C]
 * @throws if the image is damaged
 */
export function decodePngPixels(file: Uint8Array, header: PngHeader, source: string): DecodedImage {
  return unpack(file, header, source, (samples, chunks) => expandPng(samples, header, chunks));
}

/**
 * Decodes a PNG image to its samples of 8 bits as they are stored, alpha among them.
 *
 * @param source the file's name, for messages
 * @returns data [H, W, C]
 * @throws if the image is damaged, or so large that it may be a decompression bomb
 */
export function decodePngSamples(file: Uint8Array, source: string): ImageShape & { data: Uint8Array } {
  const header = readPngHeader(file, source);
  const { width, height, channels } = header;
  checkImageSize(width, height, file.length, source);
  return { width, height, channels, data: unpack(file, header, source, (samples) => samples) };
}

/** Unpacks the samples of an image, and passes them on. @throws naming the file if it is damaged */
function unpack<T>(
  file: Uint8Array,
  header: PngHeader,
  source: string,
  use: (samples: Uint8Array, chunks: ReturnType<typeof readChunks>) => T,
): T {
  const size = unpackedBytes(header);
  try {
    const chunks = readChunks(file);
    // One byte more than needed: zlib allocates another buffer when it has filled one, even at the end of the
    // data.
    const chunkSize = Math.min(Math.max(size + 1, MIN_CHUNK), MAX_CHUNK);
    const rows = inflateSync(chunks.rows, { maxOutputLength: size, chunkSize });
    if (rows.length < size) throw new Error(`${rows.length} bytes of pixels, not ${size}`);
    return use(readScanlines(rows, header), chunks);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isTooLarge = code === 'ERR_BUFFER_TOO_LARGE';
    const what = isTooLarge ? `its pixels unpack to more than the ${size} bytes of its size` : message;
    throw new Error(`${source}: a damaged PNG image (${what}).`, { cause: error });
  }
}
