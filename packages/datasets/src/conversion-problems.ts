import { describeShape, type ImageShape } from './image-shape.js';

/** What to do about an image that cannot be used. */
export type OnError = 'stop' | 'skip';
/**
 * Names of what to do about such an image.
 *
 * @internal
 */
export const ON_ERROR: readonly OnError[] = ['stop', 'skip'];

/** Lines of an error message; the rest is counted. */
const MAX_LINES = 20;

/** Collects what is wrong with the images of a source, so that all of it can be told at once. */
export class ConversionProblems {
  private readonly unreadable: string[] = [];
  private readonly shapes = new Map<string, { shape: ImageShape; count: number; first: string }>();

  /** @param problem of an image that cannot be read, beginning with its name */
  addUnreadable(problem: string): void {
    this.unreadable.push(problem);
  }

  /** Counts an image that can be used, by its size. */
  addShape({ width, height, channels }: ImageShape, name: string): void {
    const shape = { width, height, channels };
    const key = describeShape(shape);
    const known = this.shapes.get(key);
    if (known === undefined) this.shapes.set(key, { shape, count: 1, first: name });
    else known.count += 1;
  }

  /** Whether images have several sizes. */
  get hasSeveralSizes(): boolean {
    return this.shapes.size > 1;
  }

  /**
   * The error of a conversion that cannot be completed.
   *
   * @param source its path
   * @returns null if all images can be used
   */
  error(source: string): Error | null {
    const parts: string[] = [];
    if (this.unreadable.length > 0) {
      const count = this.unreadable.length;
      parts.push(
        `${source}: ${count === 1 ? '1 image cannot be used' : `${count} images cannot be used`}:\n${listLines(this.unreadable)}\n` +
          'Nothing was made. Repair or remove them, or leave them out with --on-error skip (onError: skip).',
      );
    }
    if (this.hasSeveralSizes) parts.push(this.describeSizes(source));
    return parts.length === 0 ? null : new Error(parts.join('\n'));
  }

  private describeSizes(source: string): string {
    const sizes = [...this.shapes.values()];
    const [first, second] = sizes as [(typeof sizes)[number], (typeof sizes)[number]];
    const rest = [...sizes].sort((a, b) => b.count - a.count);
    return (
      `${source}: ${second.first} is ${describeShape(second.shape)} (width x height x channels) and the images before it are ` +
      `${describeShape(first.shape)}; all images of a data set have one size.\n` +
      `${listLines(rest.map(({ shape, count, first: name }) => `${count} of ${describeShape(shape)}, such as ${name}`))}\n` +
      'Give --resolution WxH, or --transform center-crop --resolution WxH, such as 64x64 (resolution, transform), to make them so.'
    );
  }
}

function listLines(lines: readonly string[]): string {
  const shown = lines.slice(0, MAX_LINES).map((line) => `  ${line}`);
  if (lines.length > MAX_LINES) shown.push(`  and ${lines.length - MAX_LINES} more`);
  return shown.join('\n');
}
