import * as tf from '@tensorflow/tfjs-core';
import type { GroupNormAttrs } from '../group-norm-attrs.js';
import { constantFill, executeOperation, type NodeBackend } from './node-backend.js';

/**
 * Group normalization, optionally followed by SiLU: x [N, H, W, C], gamma and beta [C].
 *
 * TensorFlow is several times slower over images of shape [N, H W, groups, C / groups] than over [N, H W, C], because the axis
 * in memory is short. So pixels are summed for each channel, and channels of a group are joined in the small sums.
 */
export const groupNormKernel: tf.KernelConfig = {
  kernelName: 'GroupNorm',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const node = backend as NodeBackend;
    const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', tf.Tensor>;
    const settings = attrs as unknown as GroupNormAttrs;
    return tf.tidy(() => {
      const { centered, reciprocalDeviation } = normalize(node, x, settings);
      const y = tf.add(tf.mul(centered, tf.mul(reciprocalDeviation, gamma)), beta);
      return tf.reshape(settings.silu ? tf.mul(y, tf.sigmoid(y)) : y, x.shape);
    });
  },
};

/** The gradients of {@link groupNormKernel}: of x, gamma and beta. */
export const groupNormGradKernel: tf.KernelConfig = {
  kernelName: 'GroupNormGrad',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const node = backend as NodeBackend;
    const { dy, x, gamma, beta } = inputs as Record<'dy' | 'x' | 'gamma' | 'beta', tf.Tensor>;
    const settings = attrs as unknown as GroupNormAttrs;
    return tf.tidy(() => {
      const { centered, reciprocalDeviation } = normalize(node, x, settings);
      const scale = tf.mul(reciprocalDeviation, gamma);
      let dAffine = tf.reshape(dy, centered.shape);
      if (settings.silu) {
        const affine = tf.add(tf.mul(centered, scale), beta);
        const s = tf.sigmoid(affine);
        // d SiLU / dx = s + x s (1 - s); SigmoidGrad is the second product.
        const curved = tf.mul(affine, executeOperation(node, 'SigmoidGrad', [s, dAffine]));
        dAffine = tf.add(tf.mul(dAffine, s), curved);
      }
      const sums = tf.sum(dAffine, 1, true);
      const correlations = tf.mul(tf.sum(tf.mul(dAffine, centered), 1, true), reciprocalDeviation);
      const pixels = centered.shape[1]!;
      const mean = groupMeans(node, tf.mul(sums, gamma), pixels, settings.groups);
      const correlation = groupMeans(node, tf.mul(correlations, gamma), pixels, settings.groups);
      // dx = (dN - mean(dN) - N mean(dN N)) / deviation, for N = centered / deviation and dN = dAffine gamma
      const along = tf.mul(centered, tf.mul(correlation, tf.square(reciprocalDeviation)));
      const dx = tf.sub(tf.mul(dAffine, scale), tf.add(along, tf.mul(mean, reciprocalDeviation)));
      return [tf.reshape(dx, x.shape), tf.sum(correlations, [0, 1]), tf.sum(sums, [0, 1])];
    });
  },
};

/** x minus its group's mean, [N, H W, C], and the reciprocals of the deviations, [N, 1, C]. */
function normalize(backend: NodeBackend, x: tf.Tensor, { groups, epsilon }: GroupNormAttrs) {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  const images = tf.reshape(x, [n, h * w, c]);
  const centered = tf.sub(images, groupMeans(backend, tf.sum(images, 1, true), h * w, groups));
  const variance = groupMeans(backend, tf.sum(tf.square(centered), 1, true), h * w, groups);
  return { centered, reciprocalDeviation: tf.rsqrt(tf.add(variance, epsilon)) };
}

/** The means over groups, repeated for each channel: from sums over pixels, [N, 1, C], to [N, 1, C]. */
function groupMeans(backend: NodeBackend, sums: tf.Tensor, pixels: number, groups: number): tf.Tensor {
  const [n, , c] = sums.shape as [number, number, number];
  const size = c / groups;
  const total = tf.sum(tf.reshape(sums, [n, groups, size]), 2, true);
  const weights = constantFill(backend, [1, 1, size], 1 / (pixels * size));
  return tf.reshape(executeOperation(backend, 'Mul', [total, weights]), [n, 1, c]);
}
