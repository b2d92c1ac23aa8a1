import * as tf from '@tensorflow/tfjs-core';

/*
 * Along the deterministic path of a noise eps, x_t = alpha_t y_t + sigma_t eps, the signal y_t obeys the Signal-ODE of
 * Gu et al. 2023: dy_t/dt = -lambda'_t (f(x_t, t) - y_t), lambda_t = -ln(alpha_t / sigma_t). In the s = 1 space of
 * Karras et al. 2022, alpha = 1 and t = sigma, so that lambda' = 1 / sigma. Other schedules are reparametrizations of it:
 * y is the same, and a denoiser takes x / alpha_t = y + (sigma_t / alpha_t) eps, whatever its network was trained with.
 */

/** f(x; sigma): the teacher's clean image, [N, H, W, C] from [N, H, W, C] and [N]. */
export type SignalPredictor = (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D;

/** x = y + sigma eps, where the teacher is asked. */
export function noisyImage(y: tf.Tensor4D, sigma: tf.Tensor1D, eps: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.add(y, noiseImage(sigma, eps)) as tf.Tensor4D);
}

/** sigma eps: pure noise of a level. */
export function noiseImage(sigma: tf.Tensor1D, eps: tf.Tensor4D): tf.Tensor4D {
  return tf.tidy(() => tf.mul(perImage(sigma), eps) as tf.Tensor4D);
}

/** The right-hand side of the Signal-ODE over sigma: dy/dsigma = (y - f) / sigma. */
export function signalSlope(y: tf.Tensor4D, f: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D {
  return tf.tidy(() => tf.div(tf.sub(y, f), perImage(sigma)) as tf.Tensor4D);
}

/** A step from noise level sigma_t down to sigma_s, of a path that starts from eps. */
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
 * The step of first order: y_s = r y_t + (1 - r) f with r = sigma_s / sigma_t, which is DDIM's, exp(lambda_s - lambda_t) being r, and
 * Euler's over sigma.
 */
export function ddimStep({ y, f, sigmaT, sigmaS }: SignalStep): tf.Tensor4D {
  return tf.tidy(() => {
    const r = perImage(tf.div(sigmaS, sigmaT));
    return tf.add(tf.mul(r, y), tf.mul(tf.sub(1, r), f)) as tf.Tensor4D;
  });
}

/**
 * The step of second order, Heun's over sigma as in Algorithm 2 of Karras et al. 2022: the slope is the mean of those at both
 * ends, for another evaluation of the teacher.
 */
export function heunStep(step: SignalStep, eps: tf.Tensor4D, teacher: SignalPredictor): tf.Tensor4D {
  return tf.tidy(() => {
    const { y, f, sigmaT, sigmaS } = step;
    const predicted = ddimStep(step);
    const fS = teacher(noisyImage(predicted, sigmaS, eps), sigmaS);
    const slope = tf.div(tf.add(signalSlope(y, f, sigmaT), signalSlope(predicted, fS, sigmaS)), 2);
    return tf.add(y, tf.mul(perImage(tf.sub(sigmaS, sigmaT)), slope)) as tf.Tensor4D;
  });
}

/** [N] as [N, 1, 1, 1], to scale images with. */
function perImage(factor: tf.Tensor): tf.Tensor4D {
  return tf.reshape(factor, [-1, 1, 1, 1]);
}
