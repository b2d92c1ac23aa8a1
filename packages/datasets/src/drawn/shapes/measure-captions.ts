import { setImmediate as nextTurn } from 'node:timers/promises';
import { isRgb32 } from './find-things.js';
import { isHeldOut } from './held-out.js';
import { matchCaption, type CaptionMatch } from './match-caption.js';
import { readCaption, type StatedScene } from './read-caption.js';
import { openImageSource } from '../../sources/index.js';

/** What is measured: `all` is everything that the caption says, `binding` shape and color of the same thing. */
export const MEASURED = ['all', 'count', 'ground', 'relation', 'binding', 'shape', 'color', 'size', 'place'] as const;

/** How often an attribute is stated, and how often it is right. */
export interface AttributeCount {
  right: number;
  stated: number;
}

/** How well pictures show what their captions say. */
export interface CaptionAccuracy {
  /** Number of pictures with a caption. */
  numImages: number;
  /** Pictures without a caption, which are left out. */
  numWithoutCaption: number;
  /** By what is measured, of pictures whose combinations of shape and color are in training pictures. */
  seen: Record<(typeof MEASURED)[number], AttributeCount>;
  /** Of pictures with a combination that no training picture of the data set has. */
  heldOut: Record<(typeof MEASURED)[number], AttributeCount>;
  /** Words of captions that are not of the data set, at most ten. */
  unknownWords: string[];
}

/** Settings of {@link measureCaptions}. */
export interface MeasureCaptionsOptions {
  /** Called after each image with the number of images done and their total. */
  onProgress?: (done: number, total: number) => void;
  /** Stops the work, which then throws the signal's reason. */
  signal?: AbortSignal;
}

/** Images after which other work gets its turn. */
const IMAGES_PER_TURN = 16;

/**
 * Measures how well pictures show what their captions say, where the captions are of the data set `shapes`: of a data set, or
 * of a folder that `onestep edm generate --prompts` wrote.
 *
 * @throws if it cannot be opened, an image is not RGB of 32 x 32, or none has a caption
 */
export async function measureCaptions(path: string, options: MeasureCaptionsOptions = {}): Promise<CaptionAccuracy> {
  const { onProgress, signal } = options;
  const source = await openImageSource(path, {}, signal);
  const found: CaptionAccuracy = {
    numImages: 0,
    numWithoutCaption: 0,
    seen: emptyCounts(),
    heldOut: emptyCounts(),
    unknownWords: [],
  };
  const unknown = new Set<string>();
  let done = 0;
  try {
    for await (const image of source.images(Infinity)) {
      signal?.throwIfAborted();
      if ('problem' in image) throw new Error(image.problem);
      if (!image.caption) found.numWithoutCaption += 1;
      else {
        if (!isRgb32(image)) {
          const { name, width, height, channels } = image;
          throw new Error(`${name} is ${width}x${height}x${channels}; pictures of the data set shapes are 32x32x3.`);
        }
        const stated = readCaption(image.caption);
        for (const word of stated.unknown) if (unknown.size < 10) unknown.add(word);
        count(isOfHeldOut(stated) ? found.heldOut : found.seen, matchCaption(image.data, stated));
        found.numImages += 1;
      }
      done += 1;
      onProgress?.(done, Math.max(source.count, done));
      if (done % IMAGES_PER_TURN === 0) await nextTurn();
    }
  } finally {
    source.close?.();
  }
  if (found.numImages === 0) throw new Error(`${path} has no captions to compare its ${done} images with.`);
  return { ...found, unknownWords: [...unknown] };
}

function emptyCounts(): CaptionAccuracy['seen'] {
  return Object.fromEntries(MEASURED.map((name) => [name, { right: 0, stated: 0 }])) as CaptionAccuracy['seen'];
}

function isOfHeldOut({ things }: StatedScene): boolean {
  return things.some(({ color, shape }) => color !== undefined && isHeldOut({ color, shape }));
}

function count(counts: CaptionAccuracy['seen'], { isRight, things, found: _, ...match }: CaptionMatch): void {
  const add = (name: keyof typeof counts, value: boolean | undefined) => {
    if (value === undefined) return;
    counts[name].stated += 1;
    counts[name].right += Number(value);
  };
  add('all', isRight);
  for (const name of ['count', 'ground', 'relation', 'binding'] as const) add(name, match[name]);
  for (const thing of things) for (const name of ['shape', 'color', 'size', 'place'] as const) add(name, thing[name]);
}
