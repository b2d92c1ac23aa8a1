import type { Metadata } from 'sharp';
import type { ImageChange, DecodedImage } from './image-change.js';
import type { ImageFormat } from './image-format.js';
import { layOnWhite } from './lay-on-white.js';
import { loadSharp, missingSharpError, type SharpModule } from './load-sharp.js';
import { checkImageSize } from './size-limits.js';

/** As in Pillow, warnings of a decoder are not errors. The size is checked before pixels are decoded. */
const INPUT = { failOn: 'error', limitInputPixels: false, pages: 1 } as const;
const UPRIGHT = 1;

/** Pixels as sharp gives them. */
interface RawPixels {
  data: Uint8Array;
  width: number;
  height: number;
  channels: number;
}

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
    const what = isCutShort(file, format) ? 'it is cut short' : (error as Error).message.trim().split('\n')[0]!;
    return new Error(`${source}: a damaged ${format} image (${what}).`, { cause: error });
  };
  // As in Pillow, embedded profiles are not applied.
  const opened = sharp(file, { ...INPUT, ignoreIcc: true });
  const metadata = await opened.metadata().catch((error: unknown) => {
    throw damageError(error);
  });
  const { width, height, depth, orientation = UPRIGHT } = metadata;
  checkImageSize(width, height, file.length, source);
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new Error(`${source}: a ${format} image of ${depth} numbers, which have no colors; save it with 8 bits.`);
  }
  const changes: ImageChange[] = [];
  if (depth === 'ushort') changes.push('16-bit');
  if (orientation !== UPRIGHT) changes.push('orientation');
  try {
    const image =
      metadata.space === 'cmyk' ? await readCmyk(sharp, file, metadata) : await readColors(opened, metadata);
    if (metadata.space === 'cmyk') changes.push('cmyk');
    if (await hasMoreFrames(sharp, file, format)) changes.push('first frame');
    if (image.channels !== 4 && image.channels !== 2) return { ...image, changes };
    const { data, isTransparent } = layOnWhite(image.data, image.channels);
    if (isTransparent) changes.push('transparency');
    return toGray({ ...image, data, channels: image.channels - 1 }, metadata, changes);
  } catch (error) {
    throw damageError(error);
  }
}

type Opened = ReturnType<SharpModule>;

async function readRaw(image: Opened, { orientation = UPRIGHT }: Metadata): Promise<RawPixels> {
  const upright = orientation === UPRIGHT ? image : image.autoOrient();
  const { data, info } = await upright.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.length);
  return { data: pixels, width: info.width, height: info.height, channels: info.channels };
}

async function readColors(opened: Opened, metadata: Metadata): Promise<RawPixels> {
  const isWideGray = metadata.depth === 'ushort' && isGray(metadata);
  const image = await readRaw(isWideGray ? opened.toColourspace('b-w') : opened, metadata);
  return image.channels === 3 ? toGray(image, metadata, []) : image;
}

function isGray({ channels, hasAlpha }: Metadata): boolean {
  return channels === 1 || (channels === 2 && hasAlpha === true);
}

/** sharp may decode gray images to three equal channels. */
function toGray(image: RawPixels, metadata: Metadata, changes: readonly ImageChange[]): DecodedImage {
  if (!isGray(metadata) || image.channels === 1) return { ...image, changes };
  const data = Uint8Array.from({ length: image.width * image.height }, (_, i) => image.data[i * image.channels]!);
  return { ...image, data, channels: 1, changes };
}

/** CMYK has exact colors only with a profile. Without one, inks are subtracted from white, as Pillow does. */
async function readCmyk(sharp: SharpModule, file: Uint8Array, metadata: Metadata): Promise<RawPixels> {
  if (metadata.hasProfile) return readRaw(sharp(file, INPUT).toColourspace('srgb'), metadata);
  const opened = sharp(file, { ...INPUT, ignoreIcc: true });
  const inks = await readRaw(opened.pipelineColourspace('cmyk').toColourspace('cmyk'), metadata);
  if (inks.channels !== 4) throw new Error(`${inks.channels} channels instead of 4 inks`);
  const data = new Uint8Array((inks.data.length / 4) * 3);
  for (let i = 0; i < data.length / 3; i++) {
    const black = inks.data[4 * i + 3]!;
    for (let c = 0; c < 3; c++) {
      data[3 * i + c] = Math.round(((255 - inks.data[4 * i + c]!) * (255 - black)) / 255);
    }
  }
  return { ...inks, data, channels: 3 };
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

/** Tells whether a JPEG file lacks its end. Other bytes may follow the end. */
function isCutShort(file: Uint8Array, format: ImageFormat): boolean {
  return format === 'JPEG' && Buffer.from(file).lastIndexOf(Buffer.of(0xff, 0xd9)) === -1;
}
