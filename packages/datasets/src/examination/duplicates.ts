import { createHash } from 'node:crypto';
import { describeShape, type PixelImage } from '../image-shape.js';
import type { Label } from '../sources/source.js';

const MAX_EXAMPLES = 10;

/** Images whose pixels are those of another image. */
export interface Duplicates {
  /** Number of images that equal one before them. */
  count: number;
  /** Number of those with another label than the one before them. */
  differentLabels: number;
  /** The first of them, at most ten, each with the image that it equals. */
  examples: { name: string; equals: string }[];
}

/** Finds images with the same size and pixels. */
export class DuplicateFinder {
  readonly found: Duplicates = { count: 0, differentLabels: 0, examples: [] };
  private readonly seen = new Map<string, { name: string; label: Label | null }>();

  add(image: PixelImage, name: string, label: Label | null): void {
    const digest = createHash('sha1').update(describeShape(image)).update(image.data).digest('base64');
    const first = this.seen.get(digest);
    if (first === undefined) {
      this.seen.set(digest, { name, label });
      return;
    }
    this.found.count += 1;
    if (JSON.stringify(first.label) !== JSON.stringify(label)) this.found.differentLabels += 1;
    if (this.found.examples.length < MAX_EXAMPLES) this.found.examples.push({ name, equals: first.name });
  }
}
