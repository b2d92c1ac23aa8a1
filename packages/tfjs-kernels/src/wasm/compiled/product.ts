import * as tf from '@tensorflow/tfjs-core';
import { registerCompiledKernel } from './compiled-kernel.js';

/** With many more rows, transposing the second matrix costs nothing in comparison, and the engine's own product has threads. */
const MOST_ROWS = 256;

/** Replaces products with transposed matrices, such as those of linear layers and attention: dot products of rows. */
export function registerProductByRows(): void {
  registerCompiledKernel({
    name: 'BatchMatMul',
    run(
      { a, b }: { a: tf.TensorInfo; b: tf.TensorInfo },
      { transposeA, transposeB }: { transposeA: boolean; transposeB: boolean },
      { kernels, address, output },
    ) {
      if (transposeA || !transposeB || a.shape.length < b.shape.length) return null;
      const [depth, columns] = [a.shape.at(-1)!, b.shape.at(-2)!];
      const matrices = tf.util.sizeFromShape(b.shape.slice(0, -2));
      if (matrices > 1 && !tf.util.arraysEqual(a.shape.slice(0, -2), b.shape.slice(0, -2))) return null;
      const rows = tf.util.sizeFromShape(a.shape.slice(0, -1)) / matrices;
      if (!(rows <= MOST_ROWS)) return null;
      const out = output([...a.shape.slice(0, -1), columns]);
      const [from, by, to] = [address(a), address(b), address(out)];
      for (let i = 0; i < matrices; i++) {
        const [ofA, ofB, ofOut] = [
          from + 4 * i * rows * depth,
          by + 4 * i * columns * depth,
          to + 4 * i * rows * columns,
        ];
        kernels.multiplyByRows(ofA, ofB, ofOut, rows, columns, depth);
      }
      return out;
    },
  });
}
