import { DRAWN_DATASETS, matchCaption, readCaption, type StatedScene } from '@onestep/datasets';
import { loadTeacher } from 'onestep';

/** Part of the data set `shapes`: one large thing on a plain ground. */
export const SPLIT = 'one-thing';
/** Side of the pictures in pixels, which the matcher takes. */
const SIDE = 32;
/** Seed of the captions, other than that of the training pictures. */
const CAPTION_SEED = 1;
/** Steps of Heun's sampler, and scale of classifier-free guidance. */
export const SAMPLING = { steps: 6, guidance: 2 };
const BATCH = 32;

/** How many pictures show which of two colors on the thing, and which on the ground. */
export interface Binding {
  /** Number of pictures. */
  num: number;
  /** Both colors where the caption says. */
  right: number;
  /** Both colors, but each in the other's place. */
  exchanged: number;
  /** Things with the shape of the caption. */
  shapes: number;
}

/** A caption of the data set that names a color of the thing and another of its ground, and a picture of it. */
interface Asked {
  caption: string;
  stated: TwoColors;
  pixels: Uint8Array;
}

/** What a caption of two colors says. */
interface TwoColors extends StatedScene {
  things: [StatedScene['things'][number] & { color: string }];
  ground: NonNullable<StatedScene['ground']>;
}

/** Measures a network with captions that it was not trained on in this order, one image each, seeds from 0 on. */
export async function measureBinding(path: string, num: number): Promise<Binding> {
  const teacher = await loadTeacher(path);
  try {
    const asked = captionsOfTwoColors(num);
    const prompt = asked.map(({ caption }) => caption);
    const { steps, guidance } = SAMPLING;
    const seeds = prompt.map((_, i) => i);
    const images = await teacher.sample({ seeds, prompt, batch: BATCH, steps, guidance: { scale: guidance } });
    return count(images.map(({ data }, i) => ({ pixels: data, stated: asked[i]!.stated })));
  } finally {
    teacher.dispose();
  }
}

/** What the matcher makes of the pictures of the data set themselves: its own errors. */
export function measureTruth(num: number): Binding {
  return count(captionsOfTwoColors(num));
}

/** Number of different captions that there are. */
export function countCaptions(num: number): number {
  return new Set(captionsOfTwoColors(num).map(({ caption }) => caption)).size;
}

/** Captions that stay captions of the data set when their colors are exchanged: no thing is gray. */
function captionsOfTwoColors(num: number): Asked[] {
  const { draw, describe } = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;
  const asked: Asked[] = [];
  for (let index = 0; asked.length < num; index++) {
    const caption = describe!(CAPTION_SEED, index, SPLIT);
    const stated = readCaption(caption);
    if (!namesTwoColors(stated)) continue;
    asked.push({ caption, stated, pixels: draw(CAPTION_SEED, index, SIDE, SPLIT) });
  }
  return asked;
}

function namesTwoColors(stated: StatedScene): stated is TwoColors {
  return stated.things[0]?.color !== undefined && stated.ground !== undefined && stated.ground !== 'gray';
}

function count(pictures: readonly { pixels: Uint8Array; stated: TwoColors }[]): Binding {
  const counts = { num: pictures.length, right: 0, exchanged: 0, shapes: 0 };
  for (const { pixels, stated } of pictures) {
    counts.shapes += Number(matchCaption(pixels, stated).things[0]!.shape);
    if (hasColors(pixels, stated)) counts.right += 1;
    else if (hasColors(pixels, exchange(stated))) counts.exchanged += 1;
  }
  return counts;
}

function hasColors(pixels: Uint8Array, stated: StatedScene): boolean {
  const { things, ground } = matchCaption(pixels, stated);
  return ground === true && things[0]!.color === true;
}

/** The caption with the colors of its thing and its ground exchanged. */
function exchange({ things: [thing], ground, unknown }: TwoColors): StatedScene {
  return { things: [{ ...thing, color: ground as typeof thing.color }], ground: thing.color, unknown };
}
