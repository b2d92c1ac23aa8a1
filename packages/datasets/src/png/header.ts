import type { ImageShape } from '../image-shape.js';

/** The first bytes of every PNG file. */
export const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
/** Signature, then the IHDR chunk: length, type, 13 bytes of data, checksum. */
const HEADER_BYTES = 33;
const GRAY = 0;
const RGB = 2;
const PALETTE = 3;
/** Colour type by numbers a pixel, of the kinds that are written. */
export const COLOUR_TYPE = { 1: GRAY, 3: RGB } as const;
/** Numbers a pixel by colour type. */
const CHANNELS: Record<number, number> = { [GRAY]: 1, [RGB]: 3, [PALETTE]: 1, 4: 2, 6: 4 };
const MAX_SIDE = 2 ** 31 - 1;

/** What the IHDR chunk of a PNG file says. */
export interface PngHeader extends ImageShape {
  /** Bits a number: 1, 2, 4, 8 or 16. */
  depth: number;
  colourType: number;
  /** Adam7: the rows come in seven passes. */
  interlaced: boolean;
}

/** Whether the bytes begin as PNG files do. */
export function isPng(file: Uint8Array): boolean {
  return SIGNATURE.every((byte, i) => file[i] === byte);
}

/**
 * Reads the header of a PNG image.
 *
 * @param source names the file in messages
 * @throws if the file is not a PNG, or of a kind that has no pixels of 8 bits: palette images, transparency, bitmaps, 16-bit gray
 */
export function readPngHeader(file: Uint8Array, source: string): PngHeader {
  if (file.length < HEADER_BYTES || !isPng(file)) {
    throw new Error(`${source}: not a PNG image (${file.length} bytes without a PNG header).`);
  }
  const view = new DataView(file.buffer, file.byteOffset, HEADER_BYTES);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, colourType, interlace] = [view.getUint8(24), view.getUint8(25), view.getUint8(28)];
  const channels = CHANNELS[colourType];
  if (channels === undefined || view.getUint8(26) !== 0 || view.getUint8(27) !== 0 || interlace > 1) {
    throw new Error(`${source}: a damaged PNG image (its header states what no PNG image is).`);
  }
  if (width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    throw new Error(`${source}: a damaged PNG image (its header states a size of ${width}x${height}).`);
  }
  const problem = problemOf(colourType, depth);
  if (problem !== null) throw new Error(`${source}: ${problem}; convert it to 8-bit gray or RGB first.`);
  return { width, height, channels, depth, colourType, interlaced: interlace === 1 };
}

/**
 * What the published tool makes of 16-bit RGB and of gray of 2 and 4 bits is their 8-bit image. The other kinds it takes
 * for something they are not (a palette's indices for gray levels), or refuses.
 */
function problemOf(colourType: number, depth: number): string | null {
  if (colourType === PALETTE) return 'a palette image, whose numbers are no colours';
  if (colourType !== GRAY && colourType !== RGB) return 'an image with transparency';
  const readable = colourType === GRAY ? [2, 4, 8] : [8, 16];
  return readable.includes(depth) ? null : `a ${colourType === GRAY ? 'gray' : 'RGB'} image of ${depth} bits`;
}
