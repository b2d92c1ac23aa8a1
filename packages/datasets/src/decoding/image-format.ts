/** Kinds of image files that are read. PNG needs no other package; the others need sharp. */
export type ImageFormat = 'PNG' | 'JPEG' | 'WebP' | 'AVIF' | 'GIF' | 'TIFF';

/** Endings of files that are read. */
const READ = /\.(png|jpe?g|jpe|jfif|webp|avif|gif|tiff?)$/i;
/** Endings of image files that are not read. */
const NOT_READ = /\.(apng|bmp|dib|heic|heif|icns|ico|jp2|j2k|jpx|jxl|pbm|pcx|pgm|pnm|ppm|psd|sgi|svg|tga)$/i;

/** Tells by its name whether a file is an image of a supported kind. */
export function isImageName(name: string): boolean {
  return READ.test(name);
}

/** Tells by its name whether a file is an image of a kind that is not supported. */
export function isUnreadImageName(name: string): boolean {
  return NOT_READ.test(name);
}

/** Recognizes a kind of image file by its first bytes. @returns null for another kind */
export function recognizeImage(file: Uint8Array): ImageFormat | null {
  const text = (start: number, end: number) => String.fromCharCode(...file.subarray(start, end));
  if (text(0, 8) === '\x89PNG\r\n\x1a\n') return 'PNG';
  if (file[0] === 0xff && file[1] === 0xd8 && file[2] === 0xff) return 'JPEG';
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'WebP';
  if (text(4, 8) === 'ftyp' && /avi[fs]|mif1|msf1/.test(text(8, 32))) return 'AVIF';
  if (/^GIF8[79]a$/.test(text(0, 6))) return 'GIF';
  return /^(II[*+]\0|MM\0[*+])$/.test(text(0, 4)) ? 'TIFF' : null;
}

/** Kinds of files that are often found under the name of an image, by their first bytes. */
const OTHERS: readonly [RegExp, string][] = [
  [/^\s*(<!doctype html|<html)/i, 'a web page'],
  [/^\s*(<\?xml|<svg)/i, 'an SVG drawing'],
  [/^version https:\/\/git-lfs/, 'a Git LFS pointer: the image itself was not downloaded (git lfs pull)'],
  [/^BM/, 'a BMP image'],
  [/^....ftyp(heic|heix|hevc)/s, 'a HEIC image'],
  [/^(\xff\n|....JXL )/s, 'a JPEG XL image'],
  [/^8BPS/, 'a Photoshop file'],
  [/^P[1-6]\s/, 'a PNM image'],
  [/^%PDF/, 'a PDF file'],
  [/^PK/, 'a ZIP archive'],
];

/** Describes a file that is not an image of a supported kind. */
export function describeOtherFile(file: Uint8Array): string {
  if (file.length === 0) return 'an empty file';
  const begin = Buffer.from(file.subarray(0, 256)).toString('latin1');
  const known = OTHERS.find(([pattern]) => pattern.test(begin));
  return known === undefined ? `something else (${file.length} bytes)` : known[1];
}

/**
 * What to do about an image of a kind that is not supported, by its name.
 *
 * @returns null for other files
 */
export function adviseConversion(name: string): string | null {
  const ending = /\.\w+$/.exec(name)?.[0];
  return isUnreadImageName(name)
    ? `convert it to PNG, for example with ImageMagick: mogrify -format png *${ending}`
    : null;
}
