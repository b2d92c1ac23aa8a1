import * as tf from '@tensorflow/tfjs-core';
import { registerComposedKernel } from './composed-kernel.js';
import { infinityAsNaN } from './infinity-as-nan.js';

/**
 * Replaces products of transposed matrices: the operands are transposed first. The wasm engine has a fast product for
 * matrices in their own order only; for transposed ones it takes 15 times as long.
 */
export function registerTransposedMatmul(): void {
  registerComposedKernel({
    name: 'BatchMatMul',
    run: ({ a, b }: { a: tf.Tensor; b: tf.Tensor }, attrs: { transposeA: boolean; transposeB: boolean }) => {
      const { transposeA, transposeB } = attrs;
      if (!transposeA && !transposeB) return null;
      const transpose = (x: tf.Tensor) => {
        const axes = [...x.shape.keys()];
        return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
      };
      return infinityAsNaN(tf.matMul(transposeA ? transpose(a) : a, transposeB ? transpose(b) : b));
    },
  });
}
