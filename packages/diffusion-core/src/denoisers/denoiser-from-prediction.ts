import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, Denoiser } from '../denoiser.js';
import { DiscreteLevels } from '../noise/discrete-levels.js';

/** What a predicting function is told, and what it answers. */
export interface PredictionSettings {
  imgResolution: number;
  imgChannels: number;
  /** Length of a label vector (0: unconditional). */
  labelDim?: number;
  /** What the function predicts: the unit noise epsilon, or the clean image x_0. */
  predicts: 'noise' | 'image';
  /**
   * For a DDPM, alpha-bar_t of its steps t = 0, ..., T - 1: the function is given
   * x_t = sqrt(alpha-bar_t) x_0 + sqrt(1 - alpha-bar_t) epsilon and t [N], as float32 whole numbers.
   * Left out, it is given x = x_0 + sigma epsilon and sigma [N].
   */
  alphaBars?: ArrayLike<number>;
  /** Range of noise levels that the function was trained on; for a DDPM, that of its steps, else 0 to infinity. */
  sigmaMin?: number;
  sigmaMax?: number;
}

/**
 * Predicts the noise or the clean image.
 *
 * @param x [N, H, W, C] noisy images
 * @param level [N] noise levels, or steps
 * @param conditions as the denoiser was given them
 * @returns [N, H, W, C]; further channels, such as a learned variance, are ignored
 */
export type Prediction = (x: tf.Tensor4D, level: tf.Tensor1D, conditions: Conditions) => tf.Tensor4D;

/**
 * Makes a denoiser of any function that predicts the noise or the clean image: D(x; sigma) = x - sigma epsilon, or x_0.
 * The steps of a DDPM have the noise levels sigma_t = sqrt((1 - alpha-bar_t) / alpha-bar_t) (Appendix C.3, Karras et al.
 * 2022); between them, the function is told the nearest step.
 *
 * @throws RangeError if `alphaBars` are not between 0 and 1
 */
export function denoiserFromPrediction(settings: PredictionSettings, predict: Prediction): Denoiser {
  const { imgResolution, imgChannels, labelDim = 0, predicts } = settings;
  const steps = settings.alphaBars === undefined ? null : new DiscreteLevels(sigmasOf(settings.alphaBars));
  const ask = (x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions) => {
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
        const output = imageChannels(ask(x, sigma, conditions), x);
        return predicts === 'image' ? output : tf.sub(x, tf.mul(perImage(sigma), output));
      }),
  };
}

function sigmasOf(alphaBars: ArrayLike<number>): number[] {
  return Array.from(alphaBars, (alphaBar, t) => {
    if (alphaBar > 0 && alphaBar < 1) return Math.sqrt((1 - alphaBar) / alphaBar);
    throw new RangeError(`alphaBars has to have values between 0 and 1, and that of step ${t} is ${alphaBar}.`);
  });
}

/** The first channels of a prediction, as many as `x` has. @throws if it is not one of images like `x` */
function imageChannels(prediction: tf.Tensor4D, x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const [, height, width, channels] = prediction.shape;
  if (prediction.shape[0] !== n || height !== h || width !== w || !(channels >= c)) {
    throw new Error(`A prediction for images of shape [${x.shape}] has the shape [${prediction.shape}].`);
  }
  return channels === c ? prediction : tf.slice(prediction, [0, 0, 0, 0], [-1, -1, -1, c]);
}

/** [N] as [N, 1, 1, 1], to scale images with. */
function perImage(factor: tf.Tensor): tf.Tensor4D {
  return tf.reshape(factor, [-1, 1, 1, 1]);
}
