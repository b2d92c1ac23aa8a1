import * as tf from '@tensorflow/tfjs-core';
import { withoutGradient } from '@onestep/diffusion-core';
import type { Distance } from '@onestep/diffusion-core';
import { noisyImage, SOLVERS, type SignalPredictor, type SolverName } from './signal-ode.js';

/**
 * Input of {@link bootstrapTarget}.
 *
 * @internal
 */
export interface BootstrapArgs {
  /** y_t = g_theta(eps, t), [N, H, W, C], a constant. */
  y: tf.Tensor4D;
  /** f of the teacher, with guidance if there is any. */
  teacher: SignalPredictor;
  /** [N, H, W, C] standard normal. */
  eps: tf.Tensor4D;
  /** [N] */
  sigmaT: tf.Tensor1D;
  /** [N], at most sigma_t. */
  sigmaS: tf.Tensor1D;
  solver: SolverName;
}

/**
 * The target of the student at s, and what it is computed from. All are constants.
 *
 * @internal
 */
export interface Bootstrap {
  /** y_t, [N, H, W, C]. */
  y: tf.Tensor4D;
  /** f(y_t + sigma_t eps; sigma_t), [N, H, W, C]. */
  f: tf.Tensor4D;
  /** y_s, [N, H, W, C]. */
  target: tf.Tensor4D;
}

/**
 * The bootstrapped target of Section 3.2, Gu et al. 2023: one step of the Signal-ODE with the teacher, from the
 * student's own y_t. The step of first order is y_s = SG[g(eps, t) + (1 - r) (f(x_t, t) - g(eps, t))], x_t =
 * g(eps, t) + sigma_t eps.
 */
export function bootstrapTarget({ y, teacher, eps, sigmaT, sigmaS, solver }: BootstrapArgs): Bootstrap {
  const f = withoutGradient(() => teacher(noisyImage(y, sigmaT, eps), sigmaT));
  const target = withoutGradient(() => SOLVERS[solver]({ y, f, sigmaT, sigmaS }, eps, teacher));
  return { y, f, target };
}

/**
 * w = 1 / (1 - r)^2 with r = sigma_s / sigma_t. With it the loss compares increments, however small a step is.
 * Steps that end at t_min may have almost no length, so w is at most `clip`.
 */
export function bootstrapWeight(sigmaT: number, sigmaS: number, clip: number): number {
  return Math.min(1 / (1 - sigmaS / sigmaT) ** 2, clip);
}

/**
 * The bootstrap loss L_BS = w d(g(eps, s), y_s) of Gu et al. 2023.
 *
 * @param signal g(eps, s), which is differentiated
 * @param target y_s
 * @param weight w, [N]
 * @returns [N]
 */
export function bootstrapLoss(
  signal: tf.Tensor4D,
  target: tf.Tensor4D,
  weight: tf.Tensor1D,
  distance: Distance,
): tf.Tensor1D {
  return tf.tidy(() => tf.mul(weight, distance(signal, target)) as tf.Tensor1D);
}

/**
 * The boundary loss L_BC = d(g(eps, t_max), f(sigma_max eps; sigma_max)) of Gu et al. 2023. Without data,
 * nothing else fixes where the paths begin.
 *
 * @param signal g(eps, t_max), which is differentiated
 * @param f the teacher's images of pure noise
 * @returns [N]
 */
export function boundaryLoss(signal: tf.Tensor4D, f: tf.Tensor4D, distance: Distance): tf.Tensor1D {
  return tf.tidy(() => distance(signal, f));
}
