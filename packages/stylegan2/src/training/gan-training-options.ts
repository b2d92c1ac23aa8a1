import { integer, number, option, settleOptions, type OptionsOf } from '@onestep/diffusion-core';

/** Options of a GAN's training, with the defaults of the published training loop. */
export const GAN_TRAINING_OPTIONS = {
  /** Images per iteration. */
  batch: option({ default: 32, check: integer({ min: 1 }), help: 'images per iteration' }),
  /**
   * Images at once, a divisor of the batch; null for the share of a process. Unlike elsewhere, the training depends on it: minibatch
   * statistics and the mean path length are those of the images at once, and gradients are summed over the micro-batches.
   */
  batchGpu: option<number | null>({ default: null, check: integer({ min: 1 }), help: 'images at once' }),
  /** Learning rate of the generator. */
  glr: option({ default: 2.5e-3, check: number({ above: 0 }), help: 'learning rate of the generator' }),
  /** Learning rate of the discriminator. */
  dlr: option({ default: 2.5e-3, check: number({ above: 0 }), help: 'learning rate of the discriminator' }),
  /** Adam's decay of first moments. */
  beta1: option({ default: 0, check: number({ min: 0, below: 1 }), help: "Adam's beta1" }),
  /** Adam's decay of second moments. */
  beta2: option({ default: 0.99, check: number({ min: 0, below: 1 }), help: "Adam's beta2" }),
  /** Iterations from one path-length regularization to the next; null for a part of each step. */
  gRegInterval: option<number | null>({
    default: 4,
    check: integer({ min: 1 }),
    help: 'iterations between path-length steps',
    unset: 'in each step',
  }),
  /** Iterations from one R1 regularization to the next; null for a part of each step. */
  dRegInterval: option<number | null>({
    default: 16,
    check: integer({ min: 1 }),
    help: 'iterations between R1 steps',
    unset: 'in each step',
  }),
  /** Weight of R1; 0 for none. */
  r1Gamma: option({ default: 10, check: number({ min: 0 }), help: 'weight of R1' }),
  /** Weight of the path-length penalty; 0 for none. */
  plWeight: option({ default: 2, check: number({ min: 0 }), help: 'weight of the path-length penalty' }),
  /** Share of a batch in the running mean of path lengths. */
  plDecay: option({ default: 0.01, check: number({ above: 0, max: 1 }), help: 'decay of the mean path length' }),
  /** The path-length penalty sees a batch divided by this. */
  plBatchShrink: option({ default: 2, check: integer({ min: 1 }), help: 'divisor of the path-length batch' }),
  /** Probability that the later layers get the w of another latent. */
  styleMixingProb: option({ default: 0.9, check: number({ min: 0, max: 1 }), help: 'probability of style mixing' }),
  /** Half-life of the average of the generator's weights, in thousands of images. */
  emaHalfLifeKimg: option({ default: 10, check: number({ min: 0 }), help: 'half-life of the EMA' }),
  /** Bound of the half-life, as a share of the images seen; null for none. */
  emaRampUpRatio: option<number | null>({
    default: 0.05,
    check: number({ above: 0 }),
    help: 'ramp-up of the EMA',
    unset: 'no bound',
  }),
  /** Augmentation probability; with a target, that of the start. */
  augmentP: option({ default: 0, check: number({ min: 0 }), help: 'augmentation probability' }),
  /** Mean sign of the logits of real images to which the augmentation probability adapts; null for a fixed probability. */
  adaTarget: option<number | null>({ default: null, check: number({ min: 0, max: 1 }), help: 'ADA target' }),
  /** Iterations from one change of the augmentation probability to the next. */
  adaInterval: option({ default: 4, check: integer({ min: 1 }), help: 'iterations between changes of p' }),
  /** Thousands of images in which the augmentation probability can rise from 0 to 1. */
  adaKimg: option({ default: 500, check: number({ above: 0 }), help: 'kimg for p to rise from 0 to 1' }),
  /** Number of the discriminator's first layers that are not trained (Freeze-D). */
  freezeLayers: option({ default: 0, check: integer(), help: 'frozen layers of the discriminator' }),
  /** Seed of all random streams. */
  seed: option({ default: 0, check: integer(), help: 'seed of all random streams' }),
};

/** See {@link GAN_TRAINING_OPTIONS}. */
export type GanTrainingOptions = OptionsOf<typeof GAN_TRAINING_OPTIONS>;

/**
 * Completes options with the published defaults and checks them.
 *
 * @throws RangeError naming an option that is out of range
 */
export function settleGanOptions(given: Partial<GanTrainingOptions>): GanTrainingOptions {
  return settleOptions(GAN_TRAINING_OPTIONS, given);
}
