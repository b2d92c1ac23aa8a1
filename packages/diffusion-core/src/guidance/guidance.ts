import * as tf from '@tensorflow/tfjs-core';
import { hasFeatures, isNetwork, type Conditions, type Denoiser, type FeatureNetwork } from '../denoiser.js';
import { checkLabel } from '../conditions/class-labels.js';
import { describeImages, areSameImages } from '../distillation/student.js';
import { perImage } from '../per-image.js';
import { isScaleRange, type GuidanceScale } from './guidance-scale.js';
import { PIXEL_LIMITS, type PixelLimit } from './limit-pixels.js';
import { atScales, takesScale } from './scale-input.js';
import { splitScales } from './scale-rows.js';

/** Guidance of a denoiser D_1: D = D_0 + w (D_1 - D_0). */
export interface Guidance {
  /**
   * w. 1 is no guidance, and 0 is D_0. With a range, each label is followed by its scale: the rows of conditions have a number more
   * than a label ([N, labelDim + 1]), as those that a student with an input for the scale learns.
   */
  scale: GuidanceScale;
  /**
   * D_0 with the labels of D_1: a weaker network of the same images, such as an earlier snapshot or a smaller one
   * (autoguidance, Karras et al. 2024, "Guiding a diffusion model with a bad version of itself"). Left out, D_0 is the denoiser
   * itself without labels (classifier-free guidance, Ho & Salimans 2022).
   */
  weaker?: Denoiser;
  /** The label vector of D_0, such as that of a negative prompt. Left out, the null label: all zeros. Not with a weaker network. */
  negative?: ArrayLike<number>;
  /**
   * Noise levels with guidance, low < sigma <= high; at others w is 1 (Kynkaanniemi et al. 2024, "Applying guidance in a
   * limited interval"). Left out, all.
   */
  interval?: readonly [low: number, high: number];
  /** What becomes of pixels outside of [-1, 1], at all noise levels. Left out, they stay. For images, and not for latents. */
  limit?: PixelLimit;
}

/** {@link Guidance} with a scale for each image. */
export type GuidanceOfBatch = Omit<Guidance, 'scale'> & { scale: number | tf.Tensor1D };

/**
 * Checks that a denoiser can be guided.
 *
 * @throws RangeError if the scale is not a number, the interval is empty, there are no labels to leave out, the negative label
 *   does not fit, or the weaker network makes other images
 */
export function checkGuidance(denoiser: Denoiser, { scale, weaker, negative, interval }: Guidance): void {
  if (!Number.isFinite(scale) && !isScaleRange(scale)) {
    throw new RangeError(
      `The scale of guidance must be a number, or a range from a smaller to a larger one, not ${scale}.`,
    );
  }
  if (interval !== undefined && !(interval[0] >= 0 && interval[0] < interval[1])) {
    throw new RangeError(
      `The noise levels with guidance go from a lower to a higher one, both from 0, not from ${interval.join(' to ')}.`,
    );
  }
  if (isScaleRange(scale) && denoiser.labelDim === 0) {
    throw new RangeError(
      'A range of scales is an input next to the label, and this network has no labels: choose one scale.',
    );
  }
  if (weaker === undefined) {
    if (negative !== undefined) checkLabel(denoiser, Array.from(negative));
    if (denoiser.labelDim > 0 || scale === 1) return;
    throw new RangeError(
      'Guidance compares images with and without a label, and this network has no labels: guide it by a weaker network of the ' +
        'same images, or leave guidance out.',
    );
  }
  if (negative !== undefined) {
    throw new RangeError(
      'A weaker network and a negative label both say what guidance moves away from: give one of them.',
    );
  }
  if (areSameImages(weaker, denoiser)) return;
  throw new RangeError(
    `The weaker network makes ${describeImages(weaker)}, and the network that it is to guide ${describeImages(denoiser)}: ` +
      'guide by one of the same images and labels, such as an early snapshot of the same training.',
  );
}

/** Network evaluations of a denoiser with guidance, for each one without. */
export function guidedEvaluations(guidance: Pick<Guidance, 'scale'> | undefined): 1 | 2 {
  return guidance === undefined || guidance.scale === 1 ? 1 : 2;
}

/**
 * Denoises with guidance, in two network evaluations: see {@link Guidance}.
 *
 * @param x [N, H, W, C] noisy images
 * @param sigma [N] noise levels
 * @returns [N, H, W, C]; the gradient goes through both evaluations
 */
export function denoiseGuided(
  denoiser: Denoiser,
  guidance: GuidanceOfBatch,
  x: tf.Tensor4D,
  sigma: tf.Tensor1D,
  conditions: Conditions = {},
): tf.Tensor4D {
  const strong = denoiser.denoise(x, sigma, conditions);
  return combine(strong, guidance, sigma, () => denoiseWeakly(denoiser, guidance, x, sigma, conditions));
}

/** D_0. A weaker network has no dropout and takes no augmentation labels: it is not trained. */
function denoiseWeakly(
  denoiser: Denoiser,
  { weaker, negative }: Pick<Guidance, 'weaker' | 'negative'>,
  x: tf.Tensor4D,
  sigma: tf.Tensor1D,
  conditions: Conditions,
): tf.Tensor4D {
  if (weaker === undefined) {
    const labels = negative && tf.tile(tf.tensor2d(Array.from(negative), [1, negative.length]), [x.shape[0], 1]);
    return denoiser.denoise(x, sigma, { ...conditions, labels });
  }
  return weaker.denoise(x, sigma, { labels: conditions.labels });
}

/** @param denoiseWeakly D_0 */
function combine(
  strong: tf.Tensor4D,
  { scale, interval, limit }: Omit<GuidanceOfBatch, 'weaker' | 'negative'>,
  sigma: tf.Tensor1D,
  denoiseWeakly: () => tf.Tensor4D,
): tf.Tensor4D {
  if (scale === 1) return limit === undefined ? strong : tf.tidy(() => PIXEL_LIMITS[limit](strong));
  return tf.tidy(() => {
    const weak = denoiseWeakly();
    const w = scaleAt(scale, interval, sigma);
    const guided = tf.add(weak, tf.mul(w, tf.sub(strong, weak))) as tf.Tensor4D;
    return limit === undefined ? guided : PIXEL_LIMITS[limit](guided);
  });
}

/** w at noise levels: a number, or [N, 1, 1, 1]. */
function scaleAt(
  scale: number | tf.Tensor1D,
  interval: Guidance['interval'],
  sigma: tf.Tensor1D,
): number | tf.Tensor4D {
  if (interval === undefined) return typeof scale === 'number' ? scale : perImage(scale);
  const [low, high] = interval;
  const isInside = tf.cast(tf.logicalAnd(tf.greater(sigma, low), tf.lessEqual(sigma, high)), 'float32');
  return perImage(tf.add(1, tf.mul(isInside, tf.sub(scale, 1))));
}

/**
 * Returns a denoiser with guidance: for samplers, as a teacher, or as a fake score network. A network stays one: its
 * weights, its features and its copies are those of the network alone.
 *
 * @param denoiser remains the caller's
 * @throws RangeError if the denoiser cannot be guided so: see {@link checkGuidance}
 */
export function guideDenoiser<D extends Denoiser>(denoiser: D, guidance: Guidance): D {
  checkGuidance(denoiser, guidance);
  if (guidance.weaker !== undefined && isNetwork(guidance.weaker)) guidance.weaker.module.eval();
  // Inherits everything else, so that the result is as much of a network as the denoiser is.
  const guided = Object.create(denoiser, {
    denoise: {
      value: (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions?: Conditions) => {
        const given = settle(denoiser, guidance, conditions);
        return denoiseGuided(given.denoiser, given.guidance, x, sigma, given.conditions);
      },
    },
  }) as D;
  if (!hasFeatures(denoiser)) return guided;
  // A network with an input for the scale sees it, and others do not.
  const seen = (conditions: Conditions | undefined) =>
    takesScale(denoiser) ? conditions : settle(denoiser, guidance, conditions).conditions;
  const features: FeatureNetwork['features'] = (x, sigma, conditions, names) =>
    denoiser.features(x, sigma, seen(conditions), names);
  const denoiseWithFeatures: FeatureNetwork['denoiseWithFeatures'] = (x, sigma, conditions, names) => {
    const given = settle(denoiser, guidance, conditions);
    const { denoised, features } = denoiser.denoiseWithFeatures(x, sigma, seen(conditions), names);
    const weak = () => denoiseWeakly(given.denoiser, given.guidance, x, sigma, given.conditions);
    return { denoised: combine(denoised, given.guidance, sigma, weak), features };
  };
  return Object.defineProperties(guided, {
    features: { value: features },
    denoiseWithFeatures: { value: denoiseWithFeatures },
  });
}

/**
 * The guidance and the conditions of a batch. With an input for the scale, both evaluations see the scales of its rows.
 *
 * @throws Error if the scale is a range, and the rows of conditions do not have scales
 */
function settle(
  denoiser: Denoiser,
  { scale, ...guidance }: Guidance,
  conditions: Conditions = {},
): { denoiser: Denoiser; guidance: GuidanceOfBatch; conditions: Conditions } {
  const { labels, scales } = splitScales(conditions.labels, denoiser.labelDim);
  if (scales === undefined) {
    if (isScaleRange(scale)) throw new Error('With a range of scales, each row of conditions ends with a scale.');
    return { denoiser, guidance: { scale, ...guidance }, conditions };
  }
  return {
    denoiser: takesScale(denoiser) ? atScales(denoiser, scales) : denoiser,
    guidance: { scale: isScaleRange(scale) ? scales : scale, ...guidance },
    conditions: { ...conditions, labels },
  };
}
