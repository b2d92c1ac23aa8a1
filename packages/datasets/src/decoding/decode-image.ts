import type { PixelImage } from '../image-shape.js';
import { decodePngPixels } from '../png/decode.js';
import { isPng, readPngHeader } from '../png/header.js';
import { decodeWithSharp } from './decode-with-sharp.js';

/** Endings of supported image files. */
const READ = /\.(png|jpe?g|jpe|jfif|webp)$/i;
/** Endings of image files that the published tool accepts and that are not supported here. */
const NOT_READ = /\.(apng|bmp|dib|gif|icns|ico|jp2|j2k|jpx|pbm|pcx|pgm|pnm|ppm|sgi|tga|tiff?|avif)$/i;
/** Pillow's limit, above which an image counts as a decompression bomb. */
const MAX_PIXELS = 178_956_970;

/** Tells by its name whether a file is an image of a supported kind. */
export function isImageName(name: string): boolean {
  return READ.test(name);
}

/** Tells by its name whether a file is an image of a kind that is not supported. */
export function isUnreadImageName(name: string): boolean {
  return NOT_READ.test(name);
}

/**
 * Decodes a PNG, JPEG or WebP file to the pixels of `numpy.array(PIL.Image.open(file))`: no orientation,
 * color profile or gamma is applied. The kind of file is recognized by its contents.
 *
 * @param source the file's name, for messages
 * @returns gray or RGB, 8 bits per channel
 * @throws if the file is damaged, not an image, larger than 179 million pixels, or neither gray nor RGB
 */
export async function decodeImage(file: Uint8Array, source: string): Promise<PixelImage> {
  if (isPng(file)) {
    const header = readPngHeader(file, source);
    const { width, height, channels } = header;
    checkPixelCount(width, height, source);
    return { data: decodePngPixels(file, header, source), width, height, channels };
  }
  return decodeWithSharp(file, source, checkPixelCount);
}

function checkPixelCount(width: number, height: number, source: string): void {
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `${source}: the image states a size of ${width}x${height}, more than ${MAX_PIXELS} pixels; it is not decoded, because it ` +
        'may be a decompression bomb.',
    );
  }
}
