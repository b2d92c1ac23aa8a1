import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, Denoiser } from '../denoiser.js';
import { DiscreteLevels } from '../noise/discrete-levels.js';
import { perImage } from '../per-image.js';

/** Describes a function that predicts the noise or the clean image. */
export interface PredictionSettings {
  imgResolution: number;
  imgChannels: number;
  /** Length of a label vector (0); 0 if unconditional. */
  labelDim?: number;
  /** What the function predicts: the unit noise epsilon, or the clean image x_0. */
  predicts: 'noise' | 'image';
  /**
   * alpha-bar_t of the steps t = 0, ..., T - 1 of a DDPM. The function is then called with
   * x_t = sqrt(alpha-bar_t) x_0 + sqrt(1 - alpha-bar_t) epsilon and with t [N], integers as float32. Left out, it is
   * called with x = x_0 + sigma epsilon and with sigma [N].
   */
  alphaBars?: ArrayLike<number>;
  /** Lowest noise level that the function was trained on (the lowest of the DDPM's steps, or 0). */
  sigmaMin?: number;
  /** Highest noise level that the function was trained on (the highest of the DDPM's steps, or infinity). */
  sigmaMax?: number;
}

/**
 * Predicts the noise or the clean image.
 *
 * @param x [N, H, W, C] noisy images
 * @param level [N] noise levels, or steps of a DDPM
 * @param conditions those of the denoiser's caller
 * @returns [N, H, W, C]; further channels, such as a learned variance, are ignored
 */
export type Prediction = (x: tf.Tensor4D, level: tf.Tensor1D, conditions: Conditions) => tf.Tensor4D;

/**
 * Wraps a function that predicts the noise or the clean image as a denoiser: D(x; sigma) = x - sigma epsilon, or x_0.
 * The steps of a DDPM have the noise levels sigma_t = sqrt((1 - alpha-bar_t) / alpha-bar_t) (Appendix C.3, Karras et al.
 * 2022). At noise levels between them, the function is called with the nearest step.
 *
 * @throws RangeError if a value of `alphaBars` is not between 0 and 1; `denoise` throws if a prediction does not have
 *   the shape of the images
 */
export function denoiserFromPrediction(settings: PredictionSettings, predict: Prediction): Denoiser {
  const { imgResolution, imgChannels, labelDim = 0, predicts } = settings;
  const steps = settings.alphaBars === undefined ? null : new DiscreteLevels(toSigmas(settings.alphaBars));
  const predictAt = (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions) => {
    if (steps === null) return predict(x, sigma, conditions);
    // sqrt(alpha-bar) = 1 / sqrt(1 + sigma^2)
    const scale = tf.rsqrt(tf.add(tf.square(sigma), 1));
    return predict(tf.mul(x, perImage(scale)) as tf.Tensor4D, steps.nearest(sigma), conditions);
  };
  return {
    imgResolution,
    imgChannels,
    labelDim,
    sigmaMin: settings.sigmaMin ?? (steps === null ? 0 : Math.min(...steps.levels)),
    sigmaMax: settings.sigmaMax ?? (steps === null ? Infinity : Math.max(...steps.levels)),
    roundSigma: (sigma) => (steps === null ? sigma : steps.round(sigma)),
    denoise: (x, sigma, conditions = {}) =>
      tf.tidy(() => {
        const output = takeImageChannels(predictAt(x, sigma, conditions), x);
        return predicts === 'image' ? output : tf.sub(x, tf.mul(perImage(sigma), output));
      }),
  };
}

function toSigmas(alphaBars: ArrayLike<number>): number[] {
  return Array.from(alphaBars, (alphaBar, t) => {
    if (alphaBar > 0 && alphaBar < 1) return Math.sqrt((1 - alphaBar) / alphaBar);
    throw new RangeError(`alphaBars must be between 0 and 1, not ${alphaBar} (step ${t}).`);
  });
}

/** Takes the first channels of a prediction, as many as `x` has. @throws if it does not have the shape of `x` */
function takeImageChannels(prediction: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const [, height, width, channels] = prediction.shape;
  if (prediction.shape[0] !== n || height !== h || width !== w || !(channels >= c)) {
    throw new Error(
      `The prediction for images of shape [${x.shape}] has shape [${prediction.shape}]; it needs the same N, H and W, and ` +
        `${c} or more channels.`,
    );
  }
  return channels === c ? prediction : tf.slice(prediction, [0, 0, 0, 0], [-1, -1, -1, c]);
}
