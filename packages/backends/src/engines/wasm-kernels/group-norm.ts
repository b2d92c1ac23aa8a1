import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from './replace-kernel.js';
import { pixelMean } from './sum.js';

interface Inputs {
  x: tf.Tensor4D;
  gamma: tf.Tensor1D;
  beta: tf.Tensor1D;
}

interface Attributes {
  groups: number;
  epsilon: number;
  silu: boolean;
}

/**
 * GroupNorm (with SiLU) and its gradient in passes that the wasm engine does fast: statistics by pooling, and a factor or summand
 * of each image and channel repeated along a row of pixels, since each stretch of a broadcast costs a call.
 */
export function registerGroupNorm(): void {
  replaceKernel({ name: 'GroupNorm', run: groupNorm });
  replaceKernel({ name: 'GroupNormGrad', run: groupNormGrad });
}

function groupNorm({ x, gamma, beta }: Inputs, { groups, epsilon, silu }: Attributes): tf.Tensor {
  const { centred, reciprocalDeviation, onRows } = centre(x, groups, epsilon);
  const scaled = tf.mul(centred, onRows(tf.mul(reciprocalDeviation, gamma)));
  const affine = tf.add(scaled, onRows(tf.reshape(beta, [1, 1, 1, -1])));
  return tf.reshape(silu ? tf.mul(affine, tf.sigmoid(affine)) : affine, x.shape);
}

/** [dx, dgamma, dbeta]: with h the normalised x, s = 1 / deviation and g the gradient at the affine output, dx = s (gamma g - mean(gamma g) - h mean(gamma g h)). */
function groupNormGrad({ dy, x, gamma, beta }: Inputs & { dy: tf.Tensor4D }, attributes: Attributes): tf.Tensor[] {
  const { groups, epsilon, silu } = attributes;
  const { centred, reciprocalDeviation, onRows, groupMean } = centre(x, groups, epsilon);
  const normalized = tf.mul(centred, onRows(reciprocalDeviation));
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

/** What both directions need of x. */
function centre(x: tf.Tensor4D, groups: number, epsilon: number) {
  const [n, h, w, c] = x.shape;
  /** [N or 1, 1, 1, C] repeated for every pixel of a row: [N or 1, 1, W C]. */
  const onRows = (values: tf.Tensor) => {
    const repeated = tf.add(values, tf.zeros([1, 1, w, c]));
    return tf.reshape(repeated, [values.shape[0]!, 1, w * c]);
  };
  /** Mean of each group's channels, for each of them: [N, 1, 1, C] to the same. */
  const groupMean = (values: tf.Tensor): tf.Tensor4D => {
    const means = tf.mean(tf.reshape(values, [n, groups, c / groups]), 2, true);
    return tf.reshape(tf.add(means, tf.zeros([1, 1, c / groups])), [n, 1, 1, c]);
  };
  const centred = tf.sub(tf.reshape(x, [n, h, w * c]), onRows(groupMean(pixelMean(x))));
  const variance = groupMean(pixelMean(tf.reshape(tf.square(centred), x.shape)));
  return { centred, reciprocalDeviation: tf.rsqrt(tf.add(variance, epsilon)), onRows, groupMean };
}
