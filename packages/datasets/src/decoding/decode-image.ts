import type { PixelImage } from '../image-shape.js';
import { pngPixels } from '../png/decode.js';
import { isPng, readPngHeader } from '../png/header.js';
import { decodeWithSharp } from './decode-with-sharp.js';

/** Endings of the image files that are read. */
const READ = /\.(png|jpe?g|jpe|jfif|webp)$/i;
/** Endings of image files that the published tool would take and that are not read here. */
const NOT_READ = /\.(apng|bmp|dib|gif|icns|ico|jp2|j2k|jpx|pbm|pcx|pgm|pnm|ppm|sgi|tga|tiff?|avif)$/i;
/** Pillow's limit: larger images are taken for decompression bombs. */
const MAX_PIXELS = 178_956_970;

/** Whether a file is an image that is read, by its name. */
export function isImageName(name: string): boolean {
  return READ.test(name);
}

/** Whether a file is an image, by its name, of a kind that is not read. */
export function isUnreadImageName(name: string): boolean {
  return NOT_READ.test(name);
}

/**
 * Decodes a PNG, JPEG or WebP file to the pixels that `numpy.array(PIL.Image.open(file))` has: no orientation, colour profile or
 * gamma is applied. What kind of file it is, is told from its contents.
 *
 * @param source names the file in messages
 * @returns gray or RGB, 8 bits a channel
 * @throws if the file is damaged, not an image, larger than 179 million pixels, or neither gray nor RGB
 */
export async function decodeImage(file: Uint8Array, source: string): Promise<PixelImage> {
  if (isPng(file)) {
    const header = readPngHeader(file, source);
    const { width, height, channels } = header;
    assertNoBomb(width, height, source);
    return { data: pngPixels(file, header, source), width, height, channels };
  }
  return decodeWithSharp(file, source, assertNoBomb);
}

function assertNoBomb(width: number, height: number, source: string): void {
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `${source}: the image states a size of ${width}x${height}, more than ${MAX_PIXELS} pixels; it is not decoded, since such ` +
        'files are made to fill the memory.',
    );
  }
}
