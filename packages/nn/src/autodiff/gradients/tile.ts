import * as tf from '@tensorflow/tfjs-core';
import '#tfjs-gradients';

// tfjs's own gradient stops at rank 4.
const upToRank4 = tf.getGradient('Tile');

export const TILE_GRADIENT: tf.GradConfig = {
  ...upToRank4,
  gradFunc: (dy, saved, attrs) => {
    const [x] = saved as [tf.Tensor];
    if (x.rank <= 4) return upToRank4.gradFunc(dy, saved, attrs);
    return { x: () => sumCopies(dy as tf.Tensor, x.shape, attrs.reps as number[]) };
  },
};

/** Sums the copies that `tf.tile` made, one axis at a time. */
function sumCopies(dy: tf.Tensor, shape: readonly number[], reps: readonly number[]): tf.Tensor {
  let sum = dy;
  shape.forEach((size, axis) => {
    const [before, after] = [sum.shape.slice(0, axis), sum.shape.slice(axis + 1)];
    if (reps[axis] === 1) return;
    const count = before.reduce((a, b) => a * b, 1);
    const rest = after.reduce((a, b) => a * b, size);
    sum = tf.reshape(tf.sum(tf.reshape(sum, [count, reps[axis]!, rest]), 1), [...before, size, ...after]);
  });
  return sum;
}
