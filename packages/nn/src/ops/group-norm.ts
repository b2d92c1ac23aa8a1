import * as tf from '@tensorflow/tfjs-core';
import { runCompositeKernel } from './composite-kernel.js';
import { runGradientKernelOr } from './engine-kernel.js';
import { siluDerivative } from './silu.js';

const GROUP_NORM = 'GroupNorm';

/** Settings of {@link groupNorm}. */
export interface GroupNormAttrs {
  /** Number of groups; divides C. */
  groups: number;
  /** Added to the variance. */
  epsilon: number;
  /** Whether SiLU follows, which engines can compute in the same pass. */
  silu: boolean;
}

/**
 * Group normalization (Wu & He 2018) of images, optionally followed by SiLU.
 *
 * @param x [N, H, W, C]
 * @param gamma scale, [C]
 * @param beta shift, [C]
 * @returns [N, H, W, C]
 */
export function groupNorm(x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D, attrs: GroupNormAttrs): tf.Tensor4D {
  return runCompositeKernel(GROUP_NORM, { x, gamma, beta }, { ...attrs }, (inputs, attrs) => {
    const settings = attrs as unknown as GroupNormAttrs;
    const { affine } = normalize(inputs.x!, inputs.gamma!, inputs.beta!, settings);
    return tf.reshape(settings.silu ? tf.mul(affine, tf.sigmoid(affine)) : affine, inputs.x!.shape);
  }) as tf.Tensor4D;
}

tf.registerGradient({
  kernelName: GROUP_NORM,
  inputsToSave: ['x', 'gamma', 'beta'],
  gradFunc: (dy, saved, attrs) => {
    const [x, gamma, beta] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
    // Not computed in the thunks: tfjs frees the tensors of one thunk before it calls the next.
    const grads = groupNormGrad(dy as tf.Tensor, x, gamma, beta, attrs as unknown as GroupNormAttrs);
    return { x: () => grads[0]!, gamma: () => grads[1]!, beta: () => grads[2]! };
  },
});

/** [dx, dgamma, dbeta] of {@link groupNorm}. */
function groupNormGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  attrs: GroupNormAttrs,
): tf.Tensor[] {
  return runGradientKernelOr('GroupNormGrad', { dy, x, gamma, beta }, { ...attrs }, () => {
    const { normalized, affine, reciprocalDeviation, scale } = normalize(x, gamma, beta, attrs);
    const dOut = tf.reshape(dy, normalized.shape);
    const dAffine = attrs.silu ? tf.mul(dOut, siluDerivative(affine)) : dOut;
    const dNormalized = tf.mul(dAffine, scale);
    const mean = tf.mean(dNormalized, [1, 3], true);
    const correlation = tf.mean(tf.mul(dNormalized, normalized), [1, 3], true);
    const dx = tf.mul(reciprocalDeviation, tf.sub(dNormalized, tf.add(mean, tf.mul(normalized, correlation))));
    return [
      tf.reshape(dx, x.shape),
      tf.reshape(tf.sum(tf.mul(dAffine, normalized), [0, 1]), gamma.shape),
      tf.reshape(tf.sum(dAffine, [0, 1]), beta.shape),
    ];
  });
}

/** The intermediate results of the normalization, as [N, H W, groups, C / groups]. */
function normalize(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, { groups, epsilon }: GroupNormAttrs) {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const grouped = tf.reshape(x, [n, h * w, groups, c / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const reciprocalDeviation = tf.rsqrt(tf.add(variance, epsilon));
  const normalized = tf.mul(tf.sub(grouped, mean), reciprocalDeviation);
  const scale = tf.reshape(gamma, [1, 1, groups, c / groups]);
  const affine = tf.add(tf.mul(normalized, scale), tf.reshape(beta, [1, 1, groups, c / groups]));
  return { normalized, affine, reciprocalDeviation, scale };
}
