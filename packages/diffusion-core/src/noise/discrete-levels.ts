import * as tf from '@tensorflow/tfjs-core';

/**
 * The noise levels of a network that was trained at a finite number of them.
 *
 * @internal
 */
export class DiscreteLevels {
  /** The levels sigma_j, in the order given. */
  readonly levels: Float32Array;

  /** @param levels noise levels sigma_j, in any order */
  constructor(levels: ArrayLike<number>) {
    this.levels = Float32Array.from(levels);
  }

  /** Rounds `sigma` to the nearest level. */
  round(sigma: number): number {
    return this.levels.reduce((best, u) => (Math.abs(u - sigma) < Math.abs(best - sigma) ? u : best));
  }

  /**
   * Finds the levels nearest to noise levels.
   *
   * @param sigma [N]
   * @returns [N] float32, the indices j of the nearest levels
   */
  nearest(sigma: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => {
      const table = tf.tensor2d(this.levels, [1, this.levels.length]);
      const distances = tf.abs(tf.sub(tf.reshape(sigma, [-1, 1]), table));
      return tf.cast(tf.argMin(distances, 1), 'float32') as tf.Tensor1D;
    });
  }
}
