import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';
import { halfMatMul } from './half-matmul.js';
import { hasHalfPrecision } from './half-precision.js';

const ATTENTION = 'Attention';

/**
 * Scaled dot-product attention, Eq. (1), Vaswani et al. 2017: softmax(Q K' / sqrt(c)) V.
 *
 * An engine with a kernel `Attention`, which returns the result and the log-sum-exp of each query, has a
 * kernel `AttentionGrad` too. On others, the gradients are those of the composition.
 *
 * @param q [B, T, c], where B is images times heads
 * @param k [B, T, c]
 * @param v [B, T, c]
 * @param half whether the weights and V are multiplied in half precision on engines that have it. Scores and softmax are
 *   always in float32, as in EDM's networks (Karras et al. 2022, code release)
 * @returns [B, T, c]
 */
export function attention(
  q: tf.Tensor3D,
  k: tf.Tensor3D,
  v: tf.Tensor3D,
  { half = false }: { half?: boolean } = {},
): tf.Tensor3D {
  return tf.tidy(() => {
    const weights = () => {
      const scores = tf.matMul(q, tf.mul(k, 1 / Math.sqrt(k.shape[2])) as tf.Tensor3D, false, true);
      return tf.softmax(scores as tf.Tensor3D);
    };
    if (half && hasHalfPrecision()) return halfMatMul(weights(), v);
    const [y] = runKernelOr<tf.Tensor[]>(ATTENTION, { q, k, v }, {}, () => [tf.matMul(weights(), v)]);
    return y as tf.Tensor3D;
  });
}

tf.registerGradient({
  kernelName: ATTENTION,
  inputsToSave: ['q', 'k', 'v'],
  outputsToSave: [true, true],
  gradFunc: (gradients, saved) => {
    const [q, k, v, y, logSums] = saved as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
    const [dy] = gradients as tf.Tensor[];
    const inputs = { dy: dy!, q, k, v, y, logSums };
    // Not computed in the thunks: tfjs frees the tensors of one thunk before it calls the next.
    const grads = tf.engine().runKernel('AttentionGrad', inputs, {}) as unknown as tf.Tensor[];
    return { q: () => grads[0]!, k: () => grads[1]!, v: () => grads[2]! };
  },
});
