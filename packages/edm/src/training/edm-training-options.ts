import { numbers, withDefaults } from '@onestep/diffusion-core';

/** Options of {@link EdmTrainingTask}. Names are those of the distillation methods. */
export interface EdmTrainingOptions {
  /** Images per step. */
  batch: number;
  /**
   * Images per micro-batch, a divisor of `batch`. Gradients are accumulated over the micro-batches: fewer images need
   * less memory and give the same result up to rounding. Left out or larger than `batch`, the whole batch at once.
   */
  batchGpu: number;
  /** Learning rate of Adam. */
  lr: number;
  /**
   * The learning rate grows linearly from 0 over this many thousands of images. It is that of the images seen before a
   * step, so the very first step has rate 0, even with 0 here.
   */
  lrWarmupKimg: number;
  /**
   * Half-life of the EMA, in thousands of images. Of several, the first is that of the network, and the others are saved with
   * it.
   */
  emaHalfLifeKimg: number | readonly number[];
  /** Upper bound of the half-life, as a share of the images seen; null for none (as when weights are transferred). */
  emaRampUpRatio: number | null;
  /** Relative widths (sigma_rel) of power-function EMAs in addition; null for none (Karras et al. 2024). */
  emaRel: number | readonly number[] | null;
  /** Scale of the loss. */
  ls: number;
  /** Seed of all random streams. */
  seed: number;
}

/**
 * The defaults of the published training script.
 *
 * @internal
 */
export const EDM_TRAINING_DEFAULTS: Readonly<EdmTrainingOptions> = {
  batch: 512,
  batchGpu: 512,
  lr: 1e-3,
  lrWarmupKimg: 10_000,
  emaHalfLifeKimg: 500,
  emaRampUpRatio: 0.05,
  emaRel: null,
  ls: 1,
  seed: 0,
};

/**
 * Completes options with the published defaults and checks them. `batchGpu` is at most `batch`.
 *
 * @throws RangeError naming an option that is out of range
 */
export function completeTrainingOptions(given: Partial<EdmTrainingOptions>): EdmTrainingOptions {
  const options = withDefaults(EDM_TRAINING_DEFAULTS, given);
  const { batch, lr, lrWarmupKimg, emaHalfLifeKimg, emaRampUpRatio, emaRel, ls, seed } = options;
  const batchGpu = Math.min(given.batchGpu ?? batch, batch);
  check('batch', batch, Number.isSafeInteger(batch) && batch >= 1, 'a positive integer');
  check('batchGpu', batchGpu, Number.isSafeInteger(batchGpu) && batchGpu >= 1, 'a positive integer');
  check('batchGpu', batchGpu, batch % batchGpu === 0, `a divisor of the batch of ${batch} images`);
  check('lr', lr, Number.isFinite(lr) && lr > 0, 'positive');
  check('lrWarmupKimg', lrWarmupKimg, Number.isFinite(lrWarmupKimg) && lrWarmupKimg >= 0, '0 or more');
  check(
    'emaHalfLifeKimg',
    emaHalfLifeKimg,
    [emaHalfLifeKimg].flat().every((each) => each >= 0),
    '0 or more',
  );
  check('emaRampUpRatio', emaRampUpRatio, emaRampUpRatio === null || emaRampUpRatio > 0, 'positive, or null');
  const widths = numbers({ above: 0, max: 0.28 });
  check('emaRel', emaRel, emaRel === null || widths.accepts(emaRel), `${widths.expected}, or null`);
  check('ls', ls, Number.isFinite(ls) && ls > 0, 'positive');
  check('seed', seed, Number.isSafeInteger(seed) && seed >= 0, 'an integer from 0');
  return { ...options, batchGpu };
}

function check(name: string, value: unknown, isValid: boolean, expected: string): void {
  if (!isValid) throw new RangeError(`${name} must be ${expected}, not ${String(value)}.`);
}
