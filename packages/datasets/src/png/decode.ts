import { decode } from 'fast-png';
import type { ImageShape } from '../image-shape.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Signature, then the IHDR chunk: length, type, 13 bytes of data, checksum. */
const HEADER_BYTES = 33;
/** Channels by PNG colour type. */
const CHANNELS: Record<number, number> = { 0: 1, 2: 3, 3: 3, 4: 2, 6: 4 };
const PALETTE = 3;

/**
 * Reads the size of a PNG image from its header alone.
 *
 * @param source names the file in messages
 * @throws if the file is not a PNG, or not one of 8 bits a channel without a palette
 */
export function pngShape(file: Uint8Array, source: string): ImageShape {
  if (file.length < HEADER_BYTES || !SIGNATURE.every((byte, i) => file[i] === byte)) {
    throw new Error(`${source}: not a PNG image (${file.length} bytes without a PNG header).`);
  }
  const header = new DataView(file.buffer, file.byteOffset, HEADER_BYTES);
  const depth = header.getUint8(24);
  const colourType = header.getUint8(25);
  const channels = CHANNELS[colourType];
  if (channels === undefined || depth !== 8 || colourType === PALETTE) {
    const found =
      colourType === PALETTE ? 'a palette image' : `an image of ${depth} bits and colour type ${colourType}`;
    throw new Error(`${source}: ${found}; data sets hold PNG images of 8 bits a channel without a palette.`);
  }
  return { width: header.getUint32(16), height: header.getUint32(20), channels };
}

/**
 * Decodes an 8-bit PNG image.
 *
 * The header is compared with the size expected before any memory is taken for the pixels.
 *
 * @param expected the size the image must have
 * @param source names the file in messages
 * @returns pixels in HWC order
 * @throws if the image is of another size or damaged
 */
export function decodePng(file: Uint8Array, expected: ImageShape, source: string): Uint8Array {
  const { width, height, channels } = pngShape(file, source);
  if (width !== expected.width || height !== expected.height || channels !== expected.channels) {
    throw new Error(
      `${source}: the image is ${width}x${height}x${channels} (width x height x channels) and the others are ` +
        `${expected.width}x${expected.height}x${expected.channels}; all images of a data set have one size.`,
    );
  }
  let data: Uint8Array;
  try {
    data = decode(file).data as Uint8Array;
  } catch (error) {
    throw new Error(`${source}: a damaged PNG image (${(error as Error).message}).`, { cause: error });
  }
  const size = width * height * channels;
  if (data.length !== size)
    throw new Error(`${source}: a damaged PNG image (${data.length} bytes of pixels, not ${size}).`);
  return data;
}
