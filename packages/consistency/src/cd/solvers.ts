import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '@onestep/diffusion-core';

/**
 * A step along the probability-flow ODE dx/dsigma = (x - D(x; sigma)) / sigma.
 *
 * @param denoise D(x; sigma)
 * @param x [N, H, W, C], at the noise levels `from`
 * @param from [N] noise levels
 * @param to [N] noise levels, not 0
 * @returns [N, H, W, C], at the noise levels `to`
 */
export type OdeSolver = (
  denoise: (x: tf.Tensor4D, sigma: tf.Tensor1D) => tf.Tensor4D,
  x: tf.Tensor4D,
  from: tf.Tensor1D,
  to: tf.Tensor1D,
) => tf.Tensor4D;

/** A step of first order, with one evaluation of the network. */
const euler: OdeSolver = (denoise, x, from, to) => {
  const slope = tf.div(tf.sub(x, denoise(x, from)), perImage(from));
  return tf.add(x, tf.mul(perImage(tf.sub(to, from)), slope));
};

/** A step of second order, with two evaluations of the network: Algorithm 1, Karras et al. 2022, lines 4 to 8. */
const heun: OdeSolver = (denoise, x, from, to) => {
  const length = perImage(tf.sub(to, from));
  const slope = tf.div(tf.sub(x, denoise(x, from)), perImage(from));
  const guess = tf.add(x, tf.mul(length, slope)) as tf.Tensor4D;
  const slopeThere = tf.div(tf.sub(guess, denoise(guess, to)), perImage(to));
  return tf.add(x, tf.mul(length, tf.div(tf.add(slope, slopeThere), 2)));
};

/** The solvers by name. */
export const SOLVERS = { heun, euler } as const satisfies Record<string, OdeSolver>;

/** A solver by its name. */
export type SolverName = keyof typeof SOLVERS;
