import type { PixelImage } from '../image-shape.js';

/** What was changed to make an image gray or RGB of 8 bits. */
export type ImageChange =
  '16-bit' | 'bitmap' | 'palette' | 'transparency' | 'cmyk' | 'orientation' | 'first frame' | 'gray among RGB';

/** A decoded image: gray or RGB, 8 bits per channel. */
export interface DecodedImage extends PixelImage {
  /** Empty for an image that was gray or RGB of 8 bits. */
  changes: readonly ImageChange[];
}

/** What each change means, after the number of images. */
const MEANINGS: Record<ImageChange, [one: string, many: string]> = {
  '16-bit': [
    'image has 16 bits per channel: the upper 8 are used',
    'images have 16 bits per channel: the upper 8 are used',
  ],
  bitmap: ['image has 1 bit per pixel: made gray, 0 and 255', 'images have 1 bit per pixel: made gray, 0 and 255'],
  palette: ['image has a palette: made RGB', 'images have a palette: made RGB'],
  transparency: ['image has transparent pixels: laid on white', 'images have transparent pixels: laid on white'],
  cmyk: ['image is CMYK: made RGB', 'images are CMYK: made RGB'],
  orientation: ['image was turned as its EXIF orientation says', 'images were turned as their EXIF orientation says'],
  'first frame': ['image has several frames: the first is used', 'images have several frames: the first is used'],
  'gray among RGB': ['image is gray among RGB ones: made RGB', 'images are gray among RGB ones: made RGB'],
};

/** Counts the changes that images needed. */
export class ChangeCounts {
  private readonly counts = new Map<ImageChange, number>();

  add(changes: readonly ImageChange[]): void {
    for (const change of changes) this.counts.set(change, (this.counts.get(change) ?? 0) + 1);
  }

  /** Adds what was counted elsewhere. */
  merge(counts: Partial<Record<ImageChange, number>>): void {
    for (const [change, count] of Object.entries(counts) as [ImageChange, number][]) {
      this.counts.set(change, (this.counts.get(change) ?? 0) + count);
    }
  }

  /** One line per kind of change, such as `3 images have a palette: made RGB`. */
  lines(): string[] {
    return [...this.counts].map(([change, count]) => `${count} ${MEANINGS[change][count === 1 ? 0 : 1]}`);
  }

  /** Number of images by change. */
  entries(): Partial<Record<ImageChange, number>> {
    return Object.fromEntries(this.counts);
  }
}
