import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';

/*
 * Along the deterministic path of a noise eps, x_t = alpha_t y_t + sigma_t eps, the signal y_t obeys the
 * Signal-ODE of Section 3.1, Gu et al. 2023: dy_t/dt = -lambda'_t (f(x_t, t) - y_t), lambda_t = -ln(alpha_t /
 * sigma_t). In the s = 1 space of Karras et al. 2022, alpha = 1 and t = sigma, so that lambda' = 1 / sigma.
 * Other schedules are reparametrizations: y is the same, and a denoiser takes x / alpha_t = y + (sigma_t /
 * alpha_t) eps, whatever its network was trained with.
 */

/** f(x; sigma): the teacher's clean images [N, H, W, C] from noisy ones [N, H, W, C] at noise levels [N]. */
export type SignalPredictor = (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D;

/**
 * x = y + sigma eps, the noisy image that the teacher denoises, [N, H, W, C].
 *
 * @internal
 */
export function noisyImage(y: tf.Tensor4D, sigma: tf.Tensor1D, eps: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.add(y, noiseImage(sigma, eps)) as tf.Tensor4D);
}

/**
 * sigma eps: pure noise of a level, [N, H, W, C].
 *
 * @internal
 */
export function noiseImage(sigma: tf.Tensor1D, eps: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mul(perImage(sigma), eps) as tf.Tensor4D);
}

/**
 * The right-hand side of the Signal-ODE over sigma, dy/dsigma = (y - f) / sigma, [N, H, W, C].
 *
 * @internal
 */
export function signalSlope(y: tf.Tensor4D, f: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D {
  return tf.tidy(() => tf.div(tf.sub(y, f), perImage(sigma)) as tf.Tensor4D);
}

/**
 * A step from noise level sigma_t down to sigma_s, of a path that starts from eps.
 *
 * @internal
 */
export interface SignalStep {
  /** y_t, [N, H, W, C]. */
  y: tf.Tensor4D;
  /** f(y_t + sigma_t eps; sigma_t), [N, H, W, C]. */
  f: tf.Tensor4D;
  /** [N] */
  sigmaT: tf.Tensor1D;
  /** [N], at most sigma_t. */
  sigmaS: tf.Tensor1D;
}

/**
 * A step of first order: y_s = r y_t + (1 - r) f with r = sigma_s / sigma_t = exp(lambda_s - lambda_t). It is a
 * step of DDIM, and of Euler's method over sigma.
 *
 * @returns y_s, [N, H, W, C]
 * @internal
 */
export function ddimStep({ y, f, sigmaT, sigmaS }: SignalStep): tf.Tensor4D {
  return tf.tidy(() => {
    const r = perImage(tf.div(sigmaS, sigmaT));
    return tf.add(tf.mul(r, y), tf.mul(tf.sub(1, r), f)) as tf.Tensor4D;
  });
}

/** Evaluates the teacher again, where a step of first order ends: f(y_s + sigma_s eps; sigma_s). */
function evaluateAgain(step: SignalStep, eps: tf.Tensor4D, teacher: SignalPredictor) {
  const yS = ddimStep(step);
  return { yS, fS: teacher(noisyImage(yS, step.sigmaS, eps), step.sigmaS) };
}

/**
 * A step of second order, Heun's method over sigma: the slope is the mean of those at both ends, as in
 * Algorithm 2, Karras et al. 2022. The slope at sigma_s has an error of 1 / sigma_s times that of the image, so
 * that large steps, with r below about 1/3, overshoot.
 *
 * @returns y_s, [N, H, W, C]
 * @internal
 */
export function heunStep(step: SignalStep, eps: tf.Tensor4D, teacher: SignalPredictor): tf.Tensor4D {
  return tf.tidy(() => {
    const { y, f, sigmaT, sigmaS } = step;
    const { yS, fS } = evaluateAgain(step, eps, teacher);
    const slope = tf.div(tf.add(signalSlope(y, f, sigmaT), signalSlope(yS, fS, sigmaS)), 2);
    return tf.add(y, tf.mul(perImage(tf.sub(sigmaS, sigmaT)), slope)) as tf.Tensor4D;
  });
}

/**
 * A step of second order that solves the linear part of the Signal-ODE over lambda exactly, as DDIM does, for
 * an f that changes linearly from f_t to f_s: y_s = r y_t + (1 - r) f_t + (1 - (1 - r) / h) (f_s - f_t) with h
 * = lambda_t - lambda_s = -ln r. It is the exponential form of Heun's method (ETD2RK, Cox & Matthews 2002), and
 * a mean of y_t, f_t and f_s however large the step is.
 *
 * @returns y_s, [N, H, W, C]
 * @internal
 */
export function exponentialHeunStep(step: SignalStep, eps: tf.Tensor4D, teacher: SignalPredictor): tf.Tensor4D {
  return tf.tidy(() => {
    const { f, sigmaT, sigmaS } = step;
    const { yS, fS } = evaluateAgain(step, eps, teacher);
    const r = tf.div(sigmaS, sigmaT);
    // The lower bound keeps a step of no length from becoming 0 / 0.
    const h = tf.maximum(tf.neg(tf.log(r)), 1e-6);
    const share = perImage(tf.sub(1, tf.div(tf.sub(1, r), h)));
    return tf.add(yS, tf.mul(share, tf.sub(fS, f))) as tf.Tensor4D;
  });
}

/** Steps of the bootstrap, by name. */
export const SOLVERS = {
  ddim: (step) => ddimStep(step),
  heun: heunStep,
  'exponential-heun': exponentialHeunStep,
} as const satisfies Record<string, (step: SignalStep, eps: tf.Tensor4D, teacher: SignalPredictor) => tf.Tensor4D>;

export type SolverName = keyof typeof SOLVERS;
