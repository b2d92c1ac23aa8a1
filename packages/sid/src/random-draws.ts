import { MaskRng, Rng, type RngState } from '@onestep/nn';
import { logNormalSigmas } from '@onestep/diffusion-core';
import { sidSigmas } from './noise-schedule.js';

/** The random numbers of one phase, in host memory, for a whole batch of images of `pixels` numbers. */
export interface PhaseDraws {
  /** [N, pixels] standard normal: what the generator makes images from. */
  z: Float32Array;
  /** [N] noise levels. */
  sigma: Float32Array;
  /** [N, pixels] standard normal. */
  noise: Float32Array;
  /** [N] classes; empty if unconditional. */
  classes: Int32Array;
  /** What dropout masks are made from. */
  masks: MaskRng;
}

/** Which numbers to draw. */
export interface DrawShape {
  batch: number;
  pixels: number;
  labelDim: number;
  classProbabilities: readonly number[] | null;
  tmax: number;
}

const STREAMS = ['z', 'sigma', 'noise', 'labels', 'dropout'] as const;
type StreamName = (typeof STREAMS)[number];

/** The random streams of a run, one for each purpose. */
export class SidRandom {
  private streams: Record<StreamName, Rng>;
  private readonly shape: DrawShape;

  constructor(seed: number, shape: DrawShape) {
    const root = new Rng(seed, 'sid');
    this.streams = Object.fromEntries(STREAMS.map((name) => [name, root.stream(name)])) as Record<StreamName, Rng>;
    this.shape = shape;
  }

  /** For training the fake score network: log-normal noise levels, as EDM. */
  fakeScoreDraws(): PhaseDraws {
    return this.draws((n) => logNormalSigmas(this.streams.sigma.normal(n)));
  }

  /** For training the generator: noise levels uniform in time up to tmax. */
  generatorDraws(): PhaseDraws {
    return this.draws((n) => sidSigmas(this.streams.sigma.uniform(n), this.shape.tmax));
  }

  state(): Record<string, RngState> {
    return Object.fromEntries(STREAMS.map((name) => [name, this.streams[name].state()]));
  }

  restore(state: Record<string, RngState>): void {
    const streams = STREAMS.map((name) => [name, Rng.fromState(state[name]!)]);
    this.streams = Object.fromEntries(streams) as Record<StreamName, Rng>;
  }

  private draws(sigmas: (n: number) => Float32Array): PhaseDraws {
    const { batch, pixels } = this.shape;
    const { z, noise, dropout } = this.streams;
    return {
      classes: this.classes(),
      z: z.normal(batch * pixels),
      sigma: sigmas(batch),
      noise: noise.normal(batch * pixels),
      masks: MaskRng.draw(dropout),
    };
  }

  private classes(): Int32Array {
    const { batch, labelDim, classProbabilities } = this.shape;
    const { labels } = this.streams;
    if (labelDim === 0) return new Int32Array(0);
    if (classProbabilities === null) return labels.integers(batch, labelDim);
    const total = classProbabilities.reduce((a, b) => a + b, 0);
    return Int32Array.from(labels.uniform(batch, 0, total), (u) => inverseCumulative(classProbabilities, u));
  }
}

/** The first class at which the probabilities add up to more than `u`. */
function inverseCumulative(probabilities: readonly number[], u: number): number {
  let sum = 0;
  const found = probabilities.findIndex((p) => (sum += p) > u);
  return found === -1 ? probabilities.length - 1 : found;
}
