import { DRAWN_DATASETS, matchCaption, readCaption, shapesScene, type StatedScene } from '@onestep/datasets';
import { loadTeacher } from 'onestep';

/** Side of the pictures in pixels. */
export const SIDE = 16;
/** Part of the data set `shapes`: two large things on gray. */
export const SPLIT = 'two-things';
/** Seed of the captions, other than that of the training pictures. */
const CAPTION_SEED = 1;
/** Steps of Heun's sampler, and scale of classifier-free guidance. */
export const SAMPLING = { steps: 10, guidance: 2 };
const BATCH = 32;

/** How many pictures show which color on which shape. */
export interface Binding {
  /** Number of pictures. */
  num: number;
  /** Both colors on the shapes that the caption names. */
  right: number;
  /** Both colors, but each on the other's shape. */
  exchanged: number;
  /** Things with the shape of the caption, of 2 * num; of these things the color may be wrong. */
  shapes: number;
}

/** Measures a network with captions that it was not trained on in this order, one image each, seeds from 0 on. */
export async function measureBinding(path: string, num: number): Promise<Binding> {
  const teacher = await loadTeacher(path);
  try {
    const { describe } = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;
    const prompt = Array.from({ length: num }, (_, i) => describe!(CAPTION_SEED, i, SPLIT));
    const seeds = prompt.map((_, i) => i);
    const { steps, guidance } = SAMPLING;
    const images = await teacher.sample({ seeds, prompt, batch: BATCH, steps, guidance: { scale: guidance } });
    return count(images.map(({ data }, i) => ({ pixels: data, caption: prompt[i]! })));
  } finally {
    teacher.dispose();
  }
}

/** What the matcher makes of the pictures of the data set themselves: its own errors. */
export function measureTruth(num: number): Binding {
  const { draw, describe } = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;
  const pictures = Array.from({ length: num }, (_, i) => ({
    pixels: draw(CAPTION_SEED, i, SIDE, SPLIT),
    caption: describe!(CAPTION_SEED, i, SPLIT),
  }));
  return count(pictures);
}

/** Number of different captions that there are. */
export function countCaptions(num: number): number {
  const all = Array.from({ length: num }, (_, i) => shapesScene(CAPTION_SEED, i, SPLIT).things);
  return new Set(all.map((things) => things.map(({ color, shape }) => `${color} ${shape}`).join())).size;
}

function count(pictures: readonly { pixels: Uint8Array; caption: string }[]): Binding {
  const counts = { num: pictures.length, right: 0, exchanged: 0, shapes: 0 };
  for (const { pixels, caption } of pictures) {
    const stated = readCaption(caption);
    const enlarged = enlarge(pixels);
    const { binding, things } = matchCaption(enlarged, stated);
    counts.shapes += things.filter(({ shape }) => shape).length;
    if (binding) counts.right += 1;
    else if (matchCaption(enlarged, exchange(stated)).binding) counts.exchanged += 1;
  }
  return counts;
}

/** The caption with the colors of its two things exchanged. */
function exchange({ things, unknown }: StatedScene): StatedScene {
  const [a, b] = things as [StatedScene['things'][number], StatedScene['things'][number]];
  return {
    things: [
      { ...a, color: b.color },
      { ...b, color: a.color },
    ],
    unknown,
  };
}

/** A picture of twice the side, 32 pixels, which the matcher takes; linear between the middles of the pixels. */
function enlarge(pixels: Uint8Array): Uint8Array {
  const large = new Uint8Array(4 * pixels.length);
  const inside = (place: number) => Math.min(SIDE - 1, Math.max(0, place));
  const at = (column: number, row: number, channel: number) => pixels[3 * (row * SIDE + column) + channel]!;
  for (let i = 0; i < large.length; i++) {
    const [x, y] = [Math.floor(i / 3) % (2 * SIDE), Math.floor(i / (6 * SIDE))].map((place) => (place - 0.5) / 2);
    const [left, top] = [Math.floor(x!), Math.floor(y!)];
    const [a, b] = [x! - left, y! - top];
    const mix = (row: number) =>
      (1 - a) * at(inside(left), inside(row), i % 3) + a * at(inside(left + 1), inside(row), i % 3);
    large[i] = Math.round((1 - b) * mix(top) + b * mix(top + 1));
  }
  return large;
}
