import * as tf from '@tensorflow/tfjs-core';
import { HALF_KERNELS, hasHalfPrecision } from './half-precision.js';

/**
 * Matrix product over the last two axes, in half precision on engines that have it (see {@link hasHalfPrecision}) and in
 * float32 on others. So are its derivatives of any order.
 *
 * @param a [..., rows, inner], or with the two swapped if `transposeA`; float32
 * @param b [..., inner, columns], or with the two swapped if `transposeB`; float32, with the leading axes of `a`
 * @returns [..., rows, columns], float32
 */
export function halfMatMul<T extends tf.Tensor>(a: T, b: T, transposeA = false, transposeB = false): T {
  return hasHalfPrecision() ? multiply(a, b, transposeA, transposeB) : tf.matMul(a, b, transposeA, transposeB);
}

function multiply<T extends tf.Tensor>(a: T, b: T, transposeA: boolean, transposeB: boolean): T {
  return tf.engine().runKernel(HALF_KERNELS.matMul, { a, b }, { transposeA, transposeB });
}

tf.registerGradient({
  kernelName: HALF_KERNELS.matMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (upstream, saved, attrs) => {
    const dc = upstream as tf.Tensor;
    const [a, b] = saved as [tf.Tensor, tf.Tensor];
    const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
    // C = A B: dA = dC B', dB = A' dC. A transposed operand has the transposed gradient.
    return {
      a: () => (transposeA ? multiply(b, dc, transposeB, true) : multiply(dc, b, false, !transposeB)),
      b: () => (transposeB ? multiply(dc, a, true, transposeA) : multiply(a, dc, !transposeA, false)),
    };
  },
});
