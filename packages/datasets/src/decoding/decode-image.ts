import { decodePngPixels } from '../png/decode.js';
import { readPngHeader } from '../png/header.js';
import { decodeWithSharp } from './decode-with-sharp.js';
import type { DecodedImage } from './image-change.js';
import { adviseConversion, describeOtherFile, recognizeImage } from './image-format.js';
import { checkImageSize } from './size-limits.js';

/**
 * Decodes a PNG, JPEG, WebP, AVIF, GIF or TIFF file. Gray and RGB images of 8 bits have the pixels of
 * `numpy.array(PIL.Image.open(file))`: no color profile or gamma is applied. Others are made gray or RGB, and
 * the image says how; photographs are turned upright. The kind of file is recognized by its contents.
 *
 * @param source the file's name, for messages
 * @returns gray or RGB, 8 bits per channel
 * @throws if the file is damaged, not an image, or so large that it may be a decompression bomb
 */
export async function decodeImage(file: Uint8Array, source: string): Promise<DecodedImage> {
  const format = recognizeImage(file);
  if (format === null) {
    const advice = adviseConversion(source);
    const what = `not a PNG, JPEG or WebP image but ${describeOtherFile(file)}`;
    throw new Error(`${source}: ${what}${advice === null ? '' : `; ${advice}`}.`);
  }
  if (format !== 'PNG') return decodeWithSharp(file, format, source);
  const header = readPngHeader(file, source);
  checkImageSize(header.width, header.height, file.length, source);
  return decodePngPixels(file, header, source);
}
