import type { Sharp } from 'sharp';
import type { PixelImage } from '../image-shape.js';

/**
 * Decodes a JPEG or WebP file with sharp, which is loaded when the first one comes.
 *
 * @param checkSize is called with the size that the header states, before any pixel is decoded
 * @throws if the file is damaged, of another kind, or neither gray nor RGB
 */
export async function decodeWithSharp(
  file: Uint8Array,
  source: string,
  checkSize: (width: number, height: number, source: string) => void,
): Promise<PixelImage> {
  const format = formatOf(file);
  if (format === null) throw new Error(`${source}: not a PNG, JPEG or WebP image (${file.length} bytes).`);
  const image = await openImage(file);
  try {
    const { width, height, channels, space } = await image.metadata();
    checkSize(width, height, source);
    if (space === 'cmyk') throw new Refused('a CMYK image, whose colours depend on a printing profile');
    if (channels === 4 || channels === 2) throw new Refused('an image with transparency');
    // sharp may give gray images as RGB ones: one of three equal channels is taken.
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const gray = channels === 1;
    const pixels = gray && info.channels !== 1 ? everyNth(data, info.channels) : data;
    return { data: new Uint8Array(pixels), width: info.width, height: info.height, channels: gray ? 1 : 3 };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof Refused) throw new Error(`${source}: ${message}; convert it to RGB first.`, { cause: error });
    if (message.startsWith(source)) throw error;
    const what = message.trim().split('\n')[0]!;
    throw new Error(`${source}: a damaged ${format} image (${what}).`, { cause: error });
  }
}

/** An image of a kind that the published tool takes for something it is not. */
class Refused extends Error {}

async function openImage(file: Uint8Array): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // Like Pillow: embedded profiles are not applied, warnings of the decoder are no errors. The size is checked by the caller.
  return sharp(file, { failOn: 'error', ignoreIcc: true, limitInputPixels: false, pages: 1 });
}

function formatOf(file: Uint8Array): 'JPEG' | 'WebP' | null {
  const text = (start: number, end: number) => String.fromCharCode(...file.subarray(start, end));
  if (file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return 'JPEG';
  return text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP' ? 'WebP' : null;
}

function everyNth(data: Uint8Array, n: number): Uint8Array {
  return Uint8Array.from({ length: data.length / n }, (_, i) => data[i * n]!);
}
