import { ChangeCounts, type ImageChange } from '../decoding/image-change.js';
import type { Picture } from './pictures.js';

/** Sizes named in a line. */
const NAMED = 4;
const JPEG = /\.(jpe?g|jpe|jfif)$/i;

/** Images of one size. */
interface SizeCount {
  count: number;
  /** Name of the first one. */
  first: string;
  /** The larger of width and height. */
  largest: number;
}

/** What a {@link PictureCensus} has counted: JSON. */
export interface CensusCounts {
  total: number;
  jpeg: number;
  sizes: [size: string, count: SizeCount][];
  changes: Partial<Record<ImageChange, number>>;
}

/** Counts what measured images are like, and says what is odd about them. */
export class PictureCensus {
  private readonly sizes = new Map<string, SizeCount>();
  private readonly changes = new ChangeCounts();
  private total = 0;
  private jpeg = 0;

  /** @param path of the images, for messages */
  constructor(private readonly path: string) {}

  /** Counts an image. */
  add({ name, width, height, changes = [] }: Picture): void {
    this.total += 1;
    this.changes.add(changes);
    if (JPEG.test(name)) this.jpeg += 1;
    const size = `${width}x${height}`;
    const known = this.sizes.get(size);
    if (known === undefined) this.sizes.set(size, { count: 1, first: name, largest: Math.max(width, height) });
    else known.count += 1;
  }

  /** What was counted so far, for a census of all images where several processes read some each. */
  counts(): CensusCounts {
    return { total: this.total, jpeg: this.jpeg, sizes: [...this.sizes], changes: this.changes.entries() };
  }

  /** Adds what another process counted, of images that follow. */
  merge({ total, jpeg, sizes, changes }: CensusCounts): void {
    this.total += total;
    this.jpeg += jpeg;
    this.changes.merge(changes);
    for (const [size, found] of sizes) {
      const known = this.sizes.get(size);
      if (known === undefined) this.sizes.set(size, { ...found });
      else known.count += found.count;
    }
  }

  /**
   * Says what is odd: several sizes, compression, enlargement.
   *
   * @param input side of the detector's input, in pixels
   * @returns lines, none where nothing is odd
   */
  remarks(input: number): string[] {
    const { path, total, jpeg } = this;
    const sizes = [...this.sizes].sort(([, a], [, b]) => b.count - a.count);
    const lines = this.changes.lines().map((line) => `${path}: ${line}.`);
    if (sizes.length > 1) {
      const named = sizes.slice(0, NAMED).map(([size, { count }]) => `${size} (${count})`);
      const more = sizes.length > NAMED ? `, and ${sizes.length - NAMED} more` : '';
      lines.push(
        `${path}: images of ${sizes.length} sizes: ${named.join(', ')}${more}. Each is resized on its own; the rarest is ` +
          `${sizes.at(-1)![1].first}.`,
      );
    }
    if (jpeg > 0) {
      lines.push(
        `${path}: ${jpeg} of ${total} images are JPEG files. Compression changes FID: compare only images that were compressed ` +
          'alike, or not at all.',
      );
    }
    const small = sizes.filter(([, { largest }]) => largest < input);
    if (small.length > 0) {
      const count = small.reduce((sum, [, each]) => sum + each.count, 0);
      lines.push(
        `${path}: ${count} of ${total} images are smaller than the detector's ${input}x${input} and are enlarged. Compare only ` +
          'images of the same size.',
      );
    }
    return lines;
  }
}
