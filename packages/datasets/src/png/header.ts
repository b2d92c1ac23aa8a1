import type { ImageShape } from '../image-shape.js';

/** The first bytes of every PNG file. */
export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature, then the IHDR chunk: length, type, 13 bytes of data, checksum. */
const HEADER_BYTES = 33;
const GRAY = 0;
const RGB = 2;
/** Color type of images whose pixels are indices of a palette. */
export const PALETTE = 3;
/** Color type by number of channels, of images that are written. */
export const COLOR_TYPE = { 1: GRAY, 3: RGB } as const;
/** Number of channels by color type. */
const CHANNELS: Record<number, number> = { [GRAY]: 1, [RGB]: 3, [PALETTE]: 1, 4: 2, 6: 4 };
/** Bits per channel by color type (PNG, 11.2.2). */
const DEPTHS: Record<number, readonly number[]> = {
  [GRAY]: [1, 2, 4, 8, 16],
  [RGB]: [8, 16],
  [PALETTE]: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};
const MAX_SIDE = 2 ** 31 - 1;

/** The IHDR chunk of a PNG file. The channels are those stored: 2 and 4 with transparency, 1 with a palette. */
export interface PngHeader extends ImageShape {
  /** Bits per channel: 1, 2, 4, 8 or 16. */
  depth: number;
  colorType: number;
  /** Whether the rows are in seven passes (Adam7). */
  interlaced: boolean;
}

/** Tells whether the bytes begin as PNG files do. */
export function isPng(file: Uint8Array): boolean {
  return file[0] === SIGNATURE[0] && SIGNATURE.every((byte, i) => file[i] === byte);
}

/**
 * Reads the header of a PNG image.
 *
 * @param source the file's name, for messages
 * @throws if the file is not a PNG image
 */
export function readPngHeader(file: Uint8Array, source: string): PngHeader {
  if (file.length < HEADER_BYTES || !isPng(file)) {
    throw new Error(`${source}: not a PNG image (${file.length} bytes without a PNG header).`);
  }
  const view = new DataView(file.buffer, file.byteOffset, HEADER_BYTES);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colorType, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const channels = CHANNELS[colorType];
  const isValid = channels !== undefined && DEPTHS[colorType]!.includes(depth);
  if (!isValid || view.getUint8(26) !== 0 || view.getUint8(27) !== 0 || interlace > 1) {
    throw new Error(`${source}: a damaged PNG image (its header is not valid).`);
  }
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new Error(`${source}: a damaged PNG image (its header states a size of ${width}x${height}).`);
  }
  return { width, height, channels, depth, colorType, interlaced: interlace === 1 };
}

/**
 * Tells what keeps an image out of a data set, whose images are gray or RGB of 8 bits.
 *
 * @returns null for nothing
 */
export function findForeignKind({ colorType, depth }: PngHeader): string | null {
  if (colorType === PALETTE) return 'a palette image, whose pixels are indices and not colors';
  if (colorType !== GRAY && colorType !== RGB) return 'an image with transparency';
  return depth === 8 ? null : `an image of ${depth} bits per channel`;
}
