import { isHeldOut } from './held-out.js';
import { matchCaption, type CaptionMatch } from './match-caption.js';
import { readCaption, type StatedScene } from './read-caption.js';

/**
 * What is measured: `all` is everything that the caption says, `binding` shape and color of the same thing. Captions of two
 * things of different shapes and colors are counted apart: `pair` is the binding of both, and `exchanged` that each shape has
 * the color of the other, as a bag of words makes them.
 */
export const MEASURED = [
  'all',
  'count',
  'ground',
  'relation',
  'binding',
  'pair',
  'exchanged',
  'shape',
  'color',
  'size',
  'place',
] as const;

/** How often an attribute is stated, and how often it is right; for `exchanged`, how often it is so. */
export interface AttributeCount {
  right: number;
  stated: number;
}

/** Counts by what is measured. */
export type AttributeCounts = Record<(typeof MEASURED)[number], AttributeCount>;

/** How well pictures show what their captions say. */
export interface MeteredCaptions {
  /** Number of pictures. */
  numImages: number;
  /** By what is measured, of pictures whose combinations of shape and color are in training pictures. */
  seen: AttributeCounts;
  /** Of pictures with a combination that no training picture of the data set has. */
  heldOut: AttributeCounts;
  /** Words of captions that are not of the data set, at most ten. */
  unknownWords: string[];
}

/** Unknown words that are listed. */
const LISTED = 10;

/** Counts how well pictures show what their captions say, where the captions are of the data set `shapes`. */
export class CaptionMeter {
  private numImages = 0;
  private readonly seen = emptyCounts();
  private readonly heldOut = emptyCounts();
  private readonly unknown = new Set<string>();

  /**
   * Adds a picture.
   *
   * @param pixels RGB, [32, 32, 3], 0 to 255
   */
  add(pixels: Uint8Array, caption: string): void {
    const stated = readCaption(caption);
    for (const word of stated.unknown) if (this.unknown.size < LISTED) this.unknown.add(word);
    count(isOfHeldOut(stated) ? this.heldOut : this.seen, stated, matchCaption(pixels, stated));
    this.numImages += 1;
  }

  /** What was counted so far. */
  counts(): MeteredCaptions {
    const { numImages, seen, heldOut, unknown } = this;
    return structuredClone({ numImages, seen, heldOut, unknownWords: [...unknown] });
  }
}

function emptyCounts(): AttributeCounts {
  return Object.fromEntries(MEASURED.map((name) => [name, { right: 0, stated: 0 }])) as AttributeCounts;
}

function isOfHeldOut({ things }: StatedScene): boolean {
  return things.some(({ color, shape }) => color !== undefined && isHeldOut({ color, shape }));
}

function count(counts: AttributeCounts, stated: StatedScene, { isRight, things, found, ...match }: CaptionMatch): void {
  const add = (name: keyof AttributeCounts, value: boolean | undefined) => {
    if (value === undefined) return;
    counts[name].stated += 1;
    counts[name].right += Number(value);
  };
  add('all', isRight);
  for (const name of ['count', 'ground', 'relation', 'binding'] as const) add(name, match[name]);
  for (const thing of things) for (const name of ['shape', 'color', 'size', 'place'] as const) add(name, thing[name]);
  const [a, b] = stated.things;
  if (!isPair(stated) || !a || !b) return;
  const hasBoth = (...wanted: readonly Pick<typeof a, 'shape' | 'color'>[]) =>
    wanted.every(({ shape, color }) => found.things.some((thing) => thing.shape === shape && thing.color === color));
  add('pair', match.binding);
  add('exchanged', hasBoth({ shape: a.shape, color: b.color }, { shape: b.shape, color: a.color }));
}

/** Whether a caption names two things whose colors can be exchanged. */
function isPair({ things: [a, b, ...others] }: StatedScene): boolean {
  if (a?.color === undefined || b?.color === undefined || others.length > 0) return false;
  return a.shape !== b.shape && a.color !== b.color;
}
