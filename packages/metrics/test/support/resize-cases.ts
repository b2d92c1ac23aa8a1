import { resizeToSquare, type PixelImage, type ResizeRuleName } from '../../src/index.js';

/** What Pillow or PyTorch made of the image of a size, written by `data/resize.py`. */
export interface ResizeCase {
  width: number;
  height: number;
  side: number;
  rule: ResizeRuleName | 'crop';
  /** Rounded to four digits. */
  values: number[];
}

/** Parses what `data/resize.py` writes: a line of JSON for each case. */
export function parseCases(lines: string): ResizeCase[] {
  return lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as ResizeCase);
}

/** The image that `data/resize.py` resizes. */
export function pattern(width: number, height: number): PixelImage {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (37 * i + (i % 7) * i) % 256);
  return { data, width, height, channels: 3 };
}

/** Largest difference of a pixel, 0 to 255. */
export function largestDifference({ width, height, side, rule, values }: ResizeCase): number {
  const image = pattern(width, height);
  const isCrop = rule === 'crop';
  const found = resizeToSquare(image, side, isCrop ? 'pillow-bicubic' : rule, isCrop ? 'crop' : 'stretch');
  if (found.length !== values.length) return Infinity;
  return values.reduce((max, value, i) => Math.max(max, Math.abs(value - found[i]!)), 0);
}

/** Bytes are the same. PyTorch and TensorFlow compute weights in single precision, Pillow in double precision. */
export function tolerance({ rule }: ResizeCase): number {
  if (rule === 'pillow-bicubic' || rule === 'crop') return 0;
  return rule === 'pillow-bicubic-float' ? 1e-4 : 2e-3;
}
