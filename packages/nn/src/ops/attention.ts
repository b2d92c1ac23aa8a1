import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';

const ATTENTION = 'Attention';

/**
 * Scaled dot-product attention, Eq. (1), Vaswani et al. 2017: softmax(Q K' / sqrt(c)) V.
 *
 * An engine that has a kernel `Attention`, which gives the result and for each query the logarithm of the sum of its
 * exponentials, has `AttentionGrad` too; on others the composition is differentiated as it stands.
 *
 * @param q [B, T, c]; @param k [B, T, c]; @param v [B, T, c], where B counts images times heads
 * @returns [B, T, c]
 */
export function attention(q: tf.Tensor3D, k: tf.Tensor3D, v: tf.Tensor3D): tf.Tensor3D {
  return tf.tidy(() => {
    const [y] = runKernelOr<tf.Tensor[]>(ATTENTION, { q, k, v }, {}, () => {
      const scores = tf.matMul(q, tf.mul(k, 1 / Math.sqrt(k.shape[2])) as tf.Tensor3D, false, true);
      return [tf.matMul(tf.softmax(scores), v)];
    });
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
    // Computed here and not in the thunks: tfjs frees what one thunk makes before it calls the next.
    const grads = tf.engine().runKernel('AttentionGrad', inputs, {}) as unknown as tf.Tensor[];
    return { q: () => grads[0]!, k: () => grads[1]!, v: () => grads[2]! };
  },
});
