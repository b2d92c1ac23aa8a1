import * as tf from '@tensorflow/tfjs-core';
import { replaceKernel } from './replace-kernel.js';

/**
 * Products of transposed matrices: the wasm engine has a fast product only of matrices as they are, and takes 15 times as long
 * otherwise. So they are transposed first.
 */
export function registerTransposedMatmul(): void {
  replaceKernel({
    name: 'BatchMatMul',
    run: ({ a, b }: { a: tf.Tensor; b: tf.Tensor }, attributes: { transposeA: boolean; transposeB: boolean }) => {
      const { transposeA, transposeB } = attributes;
      if (!transposeA && !transposeB) return null;
      const turned = (x: tf.Tensor) => {
        const axes = [...x.shape.keys()];
        return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
      };
      return tf.matMul(transposeA ? turned(a) : a, transposeB ? turned(b) : b);
    },
  });
}
