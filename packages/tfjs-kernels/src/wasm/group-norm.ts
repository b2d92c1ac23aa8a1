import * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../group-norm-attrs.js';
import { registerComposedKernel } from './composed-kernel.js';
import { pixelMean } from './sum.js';

interface Inputs {
  x: tf.Tensor4D;
  gamma: tf.Tensor1D;
  beta: tf.Tensor1D;
}

/**
 * Registers GroupNorm (with SiLU) and its gradient, composed of passes that the wasm engine runs fast: statistics by pooling,
 * and the factor or summand of each image and channel repeated along a row of pixels, because every contiguous stretch of a
 * broadcast costs a call.
 */
export function registerGroupNorm(): void {
  registerComposedKernel({ name: 'GroupNorm', run: groupNorm });
  registerComposedKernel({ name: 'GroupNormGrad', run: groupNormGrad });
}

function groupNorm({ x, gamma, beta }: Inputs, { groups, epsilon, silu }: GroupNormAttrs): tf.Tensor {
  const { centered, reciprocalDeviation, onRows } = center(x, groups, epsilon);
  const scaled = tf.mul(centered, onRows(tf.mul(reciprocalDeviation, gamma)));
  const affine = tf.add(scaled, onRows(tf.reshape(beta, [1, 1, 1, -1])));
  return tf.reshape(silu ? tf.mul(affine, tf.sigmoid(affine)) : affine, x.shape);
}

/**
 * Returns [dx, dgamma, dbeta]. With h the normalized x, s = 1 / deviation and g the gradient at the affine output,
 *
 *   dx = s (gamma g - mean(gamma g) - h mean(gamma g h)).
 */
function groupNormGrad({ dy, x, gamma, beta }: Inputs & { dy: tf.Tensor4D }, attrs: GroupNormAttrs): tf.Tensor[] {
  const { groups, epsilon, silu } = attrs;
  const { centered, reciprocalDeviation, onRows, groupMean } = center(x, groups, epsilon);
  const normalized = tf.mul(centered, onRows(reciprocalDeviation));
  let g = tf.reshape(dy, normalized.shape);
  if (silu) {
    const affine = tf.add(
      tf.mul(normalized, onRows(tf.reshape(gamma, [1, 1, 1, -1]))),
      onRows(tf.reshape(beta, [1, 1, 1, -1])),
    );
    const s = tf.sigmoid(affine);
    g = tf.mul(g, tf.mul(s, tf.add(tf.mul(affine, tf.sub(1, s)), 1)));
  }
  const perChannel = (values: tf.Tensor) => pixelMean(tf.reshape(values, x.shape));
  const mean = perChannel(g);
  const correlation = perChannel(tf.mul(g, normalized));
  const pixels = x.shape[1] * x.shape[2];
  const parameterGradient = (means: tf.Tensor) => tf.mul(tf.sum(tf.reshape(means, [-1, x.shape[3]]), 0), pixels);
  const factor = (means: tf.Tensor4D) => tf.mul(reciprocalDeviation, groupMean(tf.mul(means, gamma)));
  const direct = tf.mul(g, onRows(tf.mul(reciprocalDeviation, gamma)));
  const dx = tf.sub(tf.sub(direct, tf.mul(normalized, onRows(factor(correlation)))), onRows(factor(mean)));
  return [tf.reshape(dx, x.shape), parameterGradient(correlation), parameterGradient(mean)];
}

/** Computes the parts that the forward and the backward pass share. */
function center(x: tf.Tensor4D, groups: number, epsilon: number) {
  const [n, h, w, c] = x.shape;
  /** Repeats [N or 1, 1, 1, C] for every pixel of a row: [N or 1, 1, W C]. */
  const onRows = (values: tf.Tensor) => {
    const repeated = tf.add(values, tf.zeros([1, 1, w, c]));
    return tf.reshape(repeated, [values.shape[0]!, 1, w * c]);
  };
  /** Replaces each channel by the mean of its group: [N, 1, 1, C] to [N, 1, 1, C]. */
  const groupMean = (values: tf.Tensor): tf.Tensor4D => {
    const means = tf.mean(tf.reshape(values, [n, groups, c / groups]), 2, true);
    return tf.reshape(tf.add(means, tf.zeros([1, 1, c / groups])), [n, 1, 1, c]);
  };
  const centered = tf.sub(tf.reshape(x, [n, h, w * c]), onRows(groupMean(pixelMean(x))));
  const variance = groupMean(pixelMean(tf.reshape(tf.square(centered), x.shape)));
  return { centered, reciprocalDeviation: tf.rsqrt(tf.add(variance, epsilon)), onRows, groupMean };
}
