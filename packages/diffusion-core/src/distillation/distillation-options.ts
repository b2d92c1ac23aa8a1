import { emaDecay } from '@onestep/nn';

/** Settings that every distillation method has. Names follow the published training scripts. */
export interface DistillationOptions {
  /** Images per step. */
  batch: number;
  /** Images worked on at once; a batch is accumulated from as many rounds as it takes, which changes nothing else. */
  batchGpu: number;
  /** Half-life of the generator's averaged weights, in thousands of images. */
  emaHalflifeKimg: number;
  /** The half-life is at most this share of the images seen so far; null for no such bound. */
  emaRampUpRatio: number | null;
  /** Decay of the averaged weights in each step, whatever the batch, in place of the half-life; null for the half-life. */
  emaMu: number | null;
  /** Gradients of a network are scaled down to this norm if theirs is larger; null for no bound. */
  clipGradNorm: number | null;
  /** Probability of each class; null is uniform. */
  classProbabilities: readonly number[] | null;
  /** Of all random streams. */
  seed: number;
}

/** The published defaults. */
export const DISTILLATION_DEFAULTS: DistillationOptions = {
  batch: 512,
  batchGpu: 512,
  emaHalflifeKimg: 500,
  emaRampUpRatio: 0.05,
  emaMu: null,
  clipGradNorm: null,
  classProbabilities: null,
  seed: 0,
};

/**
 * Fills in a method's defaults; one left out, or undefined, is the default. `batchGpu` is at most a batch.
 *
 * @throws RangeError naming an option of {@link DistillationOptions} that cannot be
 */
export function distillationOptions<T extends DistillationOptions>(defaults: T, given: Partial<T>): T {
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const options = { ...defaults, ...(Object.fromEntries(stated) as Partial<T>) };
  options.batchGpu = Math.min(given.batchGpu ?? options.batch, options.batch);
  const { batch, batchGpu, emaMu, clipGradNorm } = options;
  requireOption(Number.isInteger(batch) && batch >= 1, `The batch is 1 or more images, not ${batch}.`);
  requireOption(
    Number.isInteger(batchGpu) && batchGpu >= 1 && batch % batchGpu === 0,
    `A batch of ${batch} cannot be worked through ${batchGpu} images at a time: choose a divisor of it.`,
  );
  requireOption(emaMu === null || (emaMu > 0 && emaMu < 1), `ema_mu must be above 0 and below 1, not ${emaMu}.`);
  requireOption(
    clipGradNorm === null || clipGradNorm > 0,
    `The gradients' norm must be positive, not ${clipGradNorm}.`,
  );
  return options;
}

/** @throws RangeError with this message unless the condition holds */
export function requireOption(condition: boolean, message: string): void {
  if (!condition) throw new RangeError(message);
}

/** Decay of the averaged weights in the step after `imagesSeen` images. */
export function generatorEmaDecay(options: DistillationOptions, imagesSeen: number): number {
  const { batch, emaHalflifeKimg, emaRampUpRatio, emaMu } = options;
  return emaMu ?? emaDecay(batch, emaHalflifeKimg * 1000, imagesSeen, emaRampUpRatio);
}
