import type * as tf from '@tensorflow/tfjs-core';
import type { MaskRng } from '@onestep/random';
import type { Denoiser, DenoiserNetwork } from '../denoiser.js';
import type { TrainableGenerator } from '../generator.js';
import type { Augmentation } from './augmentation.js';
import type { ScoreDistillationOptions } from './score-distillation-options.js';

/** What a method is made from. */
export interface ScoreDistillationArgs<O extends ScoreDistillationOptions> {
  /** Stays the caller's, and must live as long as the method. */
  teacher: Denoiser;
  /** The generator to train, which is taken over; left out, a copy of the teacher as a one-step generator. */
  generator?: TrainableGenerator;
  /** The network that learns the score of the generator's images, taken over; left out, a copy of the teacher. */
  scoreNetwork?: DenoiserNetwork;
  /** What images go through before the score network learns them. */
  augmentation?: Augmentation | null;
  /** Those left out are the published defaults. */
  options?: Partial<O>;
}

/** What this class has to know of a method. */
export interface ScoreMethod {
  /** The name that its states and snapshots carry. */
  name: string;
  /** Factor on the score network's loss. */
  scoreScale: number;
  /** Factor on the generator's loss. */
  generatorScale: number;
  /** Whether both steps of an iteration see the same labels. */
  sharedLabels: boolean;
  /** A word for the names of snapshot files; left out, none. */
  snapshotTag?: string;
  /** What a snapshot says of how its generator was made. */
  settings: Record<string, unknown>;
}

/** What the generator is judged by in one round. */
export interface GeneratorRound {
  /** x_g, differentiable. */
  xg: tf.Tensor4D;
  /** x_t = x_g + sigma noise, differentiable. */
  xt: tf.Tensor4D;
  sigma: tf.Tensor1D;
  labels: tf.Tensor2D | undefined;
  /** Two sources of the same dropout masks, one for each of the networks that are compared. */
  masks: readonly [MaskRng, MaskRng];
}

/** A generator's loss, and what it says about the run. */
export interface GeneratorLoss {
  /** [N, H, W, C], unreduced. */
  loss: tf.Tensor4D;
  /** Sums over the round, as `diagnostics` makes them. */
  diagnostics: tf.Tensor1D;
}
