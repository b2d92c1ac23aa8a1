import type { ImageBatch, ImageBatchSource } from '@onestep/diffusion-core';
import { permuteAxes, type HostTensor } from '@onestep/checkpoint';
import { MaskRng } from '@onestep/random';
import type { IterationDraws, PhaseDraws } from '@onestep/score-distillation';
import { tensorOf, type FixtureFile } from '../check.js';
import { hostImages } from '../fixture-tensors.js';

/** The forms of distribution matching, which differ in what they draw, and when. */
export type Form = 'official' | 'fastgen';

/** An iteration in a file. */
export interface FixtureIteration {
  /** From 0. */
  index: number;
  /** Whether the student learns in it. */
  isGenerators: boolean;
  draws: IterationDraws;
  /** The real images, with their labels. */
  real: ImageBatch;
}

/** Hands out the real images of the iteration that is being computed, to each phase that asks. */
export class FixtureImages implements ImageBatchSource {
  batch: ImageBatch | undefined;

  next(): Promise<ImageBatch> {
    return Promise.resolve(this.batch!);
  }

  state(): null {
    return null;
  }

  restore(): void {
    // There is nothing to go back to.
  }
}

/** Parses a metadata entry that is JSON. @throws naming it, if it is not */
export function entry<T>({ metadata }: FixtureFile, name: string): T {
  try {
    return JSON.parse(metadata[name] ?? '') as T;
  } catch {
    throw new Error(`The metadata entry ${name} must be JSON, not ${String(metadata[name])}.`);
  }
}

/** Reads the draws of all iterations. */
export function readIterations(file: FixtureFile, form: Form): FixtureIteration[] {
  const counts = entry<number[]>(file, 'random_per_iteration');
  const first = counts.map((_, i) => counts.slice(0, i).reduce((a, b) => a + b, 0));
  const learns = (i: number) =>
    form === 'official'
      ? i % entry<number>(file, 'generator_every') === 0
      : entry<string[]>(file, 'iteration_roles')[i] === 'generator';
  return counts.map((_, index) => {
    const take = new Draws(file, first[index]!);
    const isGenerators = learns(index);
    const draws = form === 'official' ? officialDraws(take, isGenerators) : fastgenDraws(take, isGenerators);
    return { index, isGenerators, draws, real: realBatch(file, index, form) };
  });
}

/** The draws of a file in their order. */
class Draws {
  private readonly file: FixtureFile;
  private next: number;
  private readonly table: Float32Array;

  constructor(file: FixtureFile, first: number) {
    this.file = file;
    this.next = first;
    this.table = tensorOf(file, 'sigma_table').data as Float32Array;
  }

  /** Standard normal numbers, [N, H, W, C]. */
  images(): Float32Array {
    return hostImages(this.take());
  }

  integers(): Int32Array {
    return Int32Array.from(this.take().data as Int32Array);
  }

  /** Noise levels by their index. */
  sigmas(): Float32Array {
    return Float32Array.from(this.integers(), (i) => this.table[i]!);
  }

  private take(): HostTensor {
    return tensorOf(this.file, `random.${this.next++}`);
  }
}

/** What a phase that does not learn draws: nothing that anything is computed from. */
const idle = (like: PhaseDraws, further: readonly string[] = []): PhaseDraws => ({
  ...like,
  further: Object.fromEntries(further.map((name) => [name, name.endsWith('Sigma') ? like.sigma : like.noise] as const)),
});

function officialDraws(take: Draws, isGenerators: boolean): IterationDraws {
  const z = take.images();
  const classes = take.integers();
  const masks = new MaskRng([0, 0]);
  const generator = isGenerators && {
    sigma: take.sigmas(),
    noise: take.images(),
    further: { ganSigma: take.sigmas(), ganNoise: take.images() },
  };
  const noise = take.images();
  const sigma = take.sigmas();
  const [realSigma, realNoise] = [take.sigmas(), take.images()];
  const [fakeSigma, fakeNoise] = [take.sigmas(), take.images()];
  const further = { realSigma, realNoise, fakeSigma, fakeNoise };
  const fakeScore = { z, classes, masks, sigma, noise, further };
  return {
    fakeScore,
    generator: generator ? { z, classes, masks, ...generator } : idle(fakeScore, ['ganSigma', 'ganNoise']),
  };
}

function fastgenDraws(take: Draws, isGenerators: boolean): IterationDraws {
  const common = { z: take.images(), sigma: take.sigmas(), noise: take.images() };
  const own = { ...common, classes: new Int32Array(0), masks: new MaskRng([0, 0]), further: {} };
  if (isGenerators) return { generator: own, fakeScore: idle(own, ['realSigma', 'realNoise']) };
  const [realSigma, realNoise] = [take.sigmas(), take.images()];
  return { fakeScore: { ...own, further: { realSigma, realNoise } }, generator: own };
}

function realBatch(file: FixtureFile, index: number, form: Form): ImageBatch {
  const { shape, data } = tensorOf(file, `real.${index}`);
  const images = Uint8Array.from(permuteAxes(Float32Array.from(data as Uint8Array), shape, [0, 2, 3, 1]));
  const labelDim = entry<number>(file, 'label_dim');
  if (labelDim === 0) return { images, labels: null, count: shape[0]! };
  const classes = entry<number[][]>(file, form === 'official' ? 'classes_real' : 'classes')[index]!;
  const labels = new Float32Array(classes.length * labelDim);
  classes.forEach((each, row) => (labels[row * labelDim + each] = 1));
  return { images, labels, count: shape[0]! };
}
