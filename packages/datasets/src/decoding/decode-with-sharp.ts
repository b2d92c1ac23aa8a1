import type { ImageChange, DecodedImage } from './image-change.js';
import type { ImageFormat } from './image-format.js';
import { layOnWhite } from './lay-on-white.js';
import { loadSharp, missingSharpError, type SharpModule } from './load-sharp.js';
import { checkImageSize } from './size-limits.js';

/** As in Pillow, warnings of a decoder are not errors. The size is checked before pixels are decoded. */
const INPUT = { failOn: 'error', limitInputPixels: false, pages: 1 } as const;
const UPRIGHT = 1;

/**
 * Decodes an image file with sharp, which is loaded for the first one.
 *
 * @param format of the file
 * @param source the file's name, for messages
 * @throws if the file is damaged, too large, or sharp is not installed
 */
export async function decodeWithSharp(file: Uint8Array, format: ImageFormat, source: string): Promise<DecodedImage> {
  const sharp = await loadSharp();
  if (sharp === null) throw missingSharpError(source);
  const damageError = (error: unknown) => {
    const what = (error as Error).message.trim().split('\n')[0]!;
    return new Error(`${source}: a damaged ${format} image (${what}).`, { cause: error });
  };
  // As in Pillow, embedded profiles are not applied.
  const opened = sharp(file, { ...INPUT, ignoreIcc: true });
  const {
    width,
    height,
    channels,
    space,
    depth,
    hasAlpha,
    orientation = UPRIGHT,
  } = await opened.metadata().catch((error: unknown) => {
    throw damageError(error);
  });
  checkImageSize(width, height, file.length, source);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new Error(`${source}: a ${format} image of ${depth} numbers, which have no colors; save it with 8 bits.`);
  }
  const isCmyk = space === 'cmyk';
  const isWide = depth === 'ushort';
  const changes: ImageChange[] = [];
  if (isCmyk) changes.push('cmyk');
  if (isWide) changes.push('16-bit');
  if (orientation !== UPRIGHT) changes.push('orientation');
  try {
    // CMYK has colors only with a profile: its own, or the usual one.
    let image = isCmyk ? sharp(file, INPUT).toColourspace('srgb') : opened;
    if (orientation !== UPRIGHT) image = image.autoOrient();
    const isGray = !isCmyk && (channels === 1 || (channels === 2 && hasAlpha));
    if (isGray && isWide) image = image.toColourspace('b-w');
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const size = { width: info.width, height: info.height };
    const hasTwo = info.channels === 4 || info.channels === 2;
    const { data: pixels, isTransparent } = hasTwo
      ? layOnWhite(data, info.channels)
      : { data: new Uint8Array(data.buffer, data.byteOffset, data.length), isTransparent: false };
    if (isTransparent) changes.push('transparency');
    if (await hasMoreFrames(sharp, file, format)) changes.push('first frame');
    const colors = pixels.length / (size.width * size.height);
    // sharp may decode gray images to three equal channels.
    if (isGray && colors !== 1) return { ...size, data: takeEveryNth(pixels, colors), channels: 1, changes };
    return { ...size, data: pixels, channels: colors, changes };
  } catch (error) {
    throw damageError(error);
  }
}

async function hasMoreFrames(sharp: SharpModule, file: Uint8Array, format: ImageFormat): Promise<boolean> {
  if (format === 'JPEG' || format === 'AVIF') return false;
  if (format === 'WebP' && !isAnimatedWebp(file)) return false;
  return ((await sharp(file, { ...INPUT, pages: -1 }).metadata()).pages ?? 1) > 1;
}

/** A flag of the header of extended WebP files (https://developers.google.com/speed/webp/docs/riff_container). */
function isAnimatedWebp(file: Uint8Array): boolean {
  return file.length > 20 && String.fromCharCode(...file.subarray(12, 16)) === 'VP8X' && (file[20]! & 2) !== 0;
}

function takeEveryNth(data: Uint8Array, n: number): Uint8Array {
  return Uint8Array.from({ length: data.length / n }, (_, i) => data[i * n]!);
}
