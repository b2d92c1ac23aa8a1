import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, Denoiser } from '../denoiser.js';
import { StepLevels } from '../noise/step-levels.js';
import { perImage } from '../per-image.js';

/** Describes a function that predicts the noise, the clean image, or the velocity. */
export interface PredictionSettings {
  imgResolution: number;
  imgChannels: number;
  /** Length of a label vector (0); 0 if unconditional. */
  labelDim?: number;
  /**
   * What the function predicts: the unit noise epsilon, the clean image x_0, or, for a DDPM,
   * v = sqrt(alpha-bar) epsilon - sqrt(1 - alpha-bar) x_0 (Salimans & Ho 2022).
   */
  predicts: 'noise' | 'image' | 'velocity';
  /**
   * alpha-bar_t of the steps t = 0, ..., T - 1 of a DDPM, falling. The function is then called with
   * x_t = sqrt(alpha-bar_t) x_0 + sqrt(1 - alpha-bar_t) epsilon and with t [N], as float32. Left out, it is
   * called with x = x_0 + sigma epsilon and with sigma [N].
   */
  alphaBars?: ArrayLike<number>;
  /**
   * The step at a noise level between those of two steps: the nearest in ln sigma, or one with a fraction, linear in
   * ln sigma. Default: `nearest`.
   */
  between?: 'nearest' | 'interpolated';
  /** Lowest noise level that the function was trained on (the lowest of the DDPM's steps, or 0). */
  sigmaMin?: number;
  /** Highest noise level that the function was trained on (the highest of the DDPM's steps, or infinity). */
  sigmaMax?: number;
}

/**
 * Predicts the noise, the clean image or the velocity.
 *
 * @param x [N, H, W, C] noisy images
 * @param level [N] noise levels, or steps of a DDPM
 * @param conditions those of the denoiser's caller
 * @returns [N, H, W, C]; further channels, such as a learned variance, are ignored
 */
export type Prediction = (x: tf.Tensor4D, level: tf.Tensor1D, conditions: Conditions) => tf.Tensor4D;

/** What a function that predicts gets, and what its prediction becomes. */
export interface PredictionScaling extends Pick<Denoiser, 'sigmaMin' | 'sigmaMax' | 'roundSigma'> {
  /**
   * Scales noisy images for the function.
   *
   * @param x [N, H, W, C] noisy images in the space of a denoiser
   * @param sigma [N] noise levels
   * @returns the function's arguments, and `toImage`, which makes the denoised images of its prediction
   */
  scale(x: tf.Tensor4D, sigma: tf.Tensor1D): ScaledInputs;
}

/** Arguments of a {@link Prediction}, and the way back. */
export interface ScaledInputs {
  x: tf.Tensor4D;
  level: tf.Tensor1D;
  /** [N, H, W, C] denoised images. @throws if the prediction does not have the shape of the images */
  toImage(prediction: tf.Tensor4D): tf.Tensor4D;
}

/**
 * Makes the scaling of {@link denoiserFromPrediction}, for a network that is not only a function.
 *
 * @throws RangeError as `denoiserFromPrediction` does
 * @internal
 */
export function predictionScaling(
  settings: Omit<PredictionSettings, 'imgResolution' | 'imgChannels' | 'labelDim'>,
): PredictionScaling {
  const { predicts, between = 'nearest' } = settings;
  const steps = settings.alphaBars === undefined ? null : new StepLevels(toSigmas(settings.alphaBars));
  if (predicts === 'velocity' && steps === null)
    throw new RangeError("predicts 'velocity' needs alphaBars, the noise levels of the network's steps: pass them.");
  const scaleInputs = (x: tf.Tensor4D, sigma: tf.Tensor1D) => {
    if (steps === null) return { x, level: sigma };
    const level = between === 'nearest' ? steps.nearest(sigma) : steps.interpolate(sigma);
    return { x: tf.mul(x, perImage(signalScale(sigma))) as tf.Tensor4D, level };
  };
  return {
    sigmaMin: settings.sigmaMin ?? (steps === null ? 0 : Math.min(...steps.levels)),
    sigmaMax: settings.sigmaMax ?? (steps === null ? Infinity : Math.max(...steps.levels)),
    roundSigma: (sigma) => (steps === null || between === 'interpolated' ? sigma : steps.round(sigma)),
    scale: (x, sigma) => ({
      ...scaleInputs(x, sigma),
      toImage(prediction) {
        const output = takeImageChannels(prediction, x);
        if (predicts === 'image') return output;
        if (predicts === 'noise') return tf.sub(x, tf.mul(perImage(sigma), output));
        const scale = signalScale(sigma);
        const image = tf.mul(x, perImage(tf.square(scale)));
        return tf.sub(image, tf.mul(perImage(tf.mul(sigma, scale) as tf.Tensor1D), output));
      },
    }),
  };
}

/**
 * Wraps a function that predicts the noise, the clean image or the velocity as a denoiser. With
 * sqrt(alpha-bar) = 1 / sqrt(1 + sigma^2), D(x; sigma) is x - sigma epsilon, or x_0, or
 * x / (1 + sigma^2) - sigma / sqrt(1 + sigma^2) v. The steps of a DDPM have the noise levels
 * sigma_t = sqrt((1 - alpha-bar_t) / alpha-bar_t) (Appendix C.3, Karras et al. 2022).
 *
 * @throws RangeError if a value of `alphaBars` is not between 0 and 1, or they do not fall, or a velocity has no
 *   `alphaBars`; `denoise` throws if a prediction does not have the shape of the images
 */
export function denoiserFromPrediction(settings: PredictionSettings, predict: Prediction): Denoiser {
  const { imgResolution, imgChannels, labelDim = 0 } = settings;
  const { scale, ...levels } = predictionScaling(settings);
  return {
    imgResolution,
    imgChannels,
    labelDim,
    ...levels,
    denoise: (x, sigma, conditions = {}) =>
      tf.tidy(() => {
        const inputs = scale(x, sigma);
        return inputs.toImage(predict(inputs.x, inputs.level, conditions));
      }),
  };
}

/** sqrt(alpha-bar) = 1 / sqrt(1 + sigma^2) */
function signalScale(sigma: tf.Tensor1D): tf.Tensor1D {
  return tf.rsqrt(tf.add(tf.square(sigma), 1) as tf.Tensor1D);
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
