import type { Sharp } from 'sharp';
import type { PixelImage } from '../image-shape.js';

/**
 * Decodes a JPEG or WebP file with sharp, which is loaded for the first one.
 *
 * @param source the file's name, for messages
 * @param checkSize called with the size in the header before the pixels are decoded
 * @throws if the file is damaged, of another kind, or neither gray nor RGB
 */
export async function decodeWithSharp(
  file: Uint8Array,
  source: string,
  checkSize: (width: number, height: number, source: string) => void,
): Promise<PixelImage> {
  const format = recognizeFormat(file);
  if (format === null) throw new Error(`${source}: not a PNG, JPEG or WebP image (${file.length} bytes).`);
  const image = await openImage(file);
  try {
    const { width, height, channels, space } = await image.metadata();
    checkSize(width, height, source);
    if (space === 'cmyk') throw new UnsupportedImage('a CMYK image, whose colors depend on a printing profile');
    if (channels === 4 || channels === 2) throw new UnsupportedImage('an image with transparency');
    // sharp may decode gray images to three equal channels.
    const { data, info } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const gray = channels === 1;
    const pixels = gray && info.channels !== 1 ? takeEveryNth(data, info.channels) : data;
    return { data: new Uint8Array(pixels), width: info.width, height: info.height, channels: gray ? 1 : 3 };
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UnsupportedImage)
      throw new Error(`${source}: ${message}; convert it to RGB first.`, { cause: error });
    if (message.startsWith(source)) throw error;
    const what = message.trim().split('\n')[0]!;
    throw new Error(`${source}: a damaged ${format} image (${what}).`, { cause: error });
  }
}

/** An image of a kind that the published tool misreads. */
class UnsupportedImage extends Error {}

async function openImage(file: Uint8Array): Promise<Sharp> {
  const { default: sharp } = await import('sharp');
  // As in Pillow, embedded profiles are not applied and warnings of the decoder are not errors. The caller
  // checks the size.
  return sharp(file, { failOn: 'error', ignoreIcc: true, limitInputPixels: false, pages: 1 });
}

function recognizeFormat(file: Uint8Array): 'JPEG' | 'WebP' | null {
  const text = (start: number, end: number) => String.fromCharCode(...file.subarray(start, end));
  if (file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return 'JPEG';
  return text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP' ? 'WebP' : null;
}

function takeEveryNth(data: Uint8Array, n: number): Uint8Array {
  return Uint8Array.from({ length: data.length / n }, (_, i) => data[i * n]!);
}
