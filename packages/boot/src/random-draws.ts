import { Rng, type RngState } from '@onestep/nn';
import type { Guidance } from './guidance.js';

/** The random numbers of one step, in host memory, for a whole batch of images of `pixels` numbers. */
export interface BootDraws {
  /** [N, pixels] standard normal: where the paths start from. */
  eps: Float32Array;
  /** [N] uniform in (0, 1): times. */
  u: Float64Array;
  /** [N] classes; empty if unconditional. */
  classes: Int32Array;
  /** [N] scales of guidance; empty if there is none. */
  guidance: Float32Array;
}

/** Which numbers to draw. */
export interface DrawShape {
  batch: number;
  pixels: number;
  labelDim: number;
  guidance: Guidance | null;
}

const STREAMS = ['eps', 't', 'labels', 'guidance'] as const;
type StreamName = (typeof STREAMS)[number];

/** The random streams of a run, one for each purpose. */
export class BootRandom {
  private streams: Record<StreamName, Rng>;
  private readonly shape: DrawShape;

  constructor(seed: number, shape: DrawShape) {
    const root = new Rng(seed, 'boot');
    this.streams = Object.fromEntries(STREAMS.map((name) => [name, root.stream(name)])) as Record<StreamName, Rng>;
    this.shape = shape;
  }

  draws(): BootDraws {
    const { batch, pixels, labelDim } = this.shape;
    const { eps, t, labels } = this.streams;
    return {
      eps: eps.normal(batch * pixels),
      u: t.uniform(batch),
      classes: labelDim > 0 ? labels.integers(batch, labelDim) : new Int32Array(0),
      guidance: this.guidance(),
    };
  }

  state(): Record<string, RngState> {
    return Object.fromEntries(STREAMS.map((name) => [name, this.streams[name].state()]));
  }

  restore(state: Record<string, RngState>): void {
    const streams = STREAMS.map((name) => [name, Rng.fromState(state[name]!)]);
    this.streams = Object.fromEntries(streams) as Record<StreamName, Rng>;
  }

  private guidance(): Float32Array {
    const { batch, guidance } = this.shape;
    if (guidance === null) return new Float32Array(0);
    if (typeof guidance === 'number') return new Float32Array(batch).fill(guidance);
    return Float32Array.from(this.streams.guidance.uniform(batch, guidance[0], guidance[1]));
  }
}
