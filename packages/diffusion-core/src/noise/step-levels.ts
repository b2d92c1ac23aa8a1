import * as tf from '@tensorflow/tfjs-core';

/**
 * The noise levels of the steps of a DDPM, and the way from any noise level to a step: the nearest in ln sigma, or
 * between two steps, linear in ln sigma.
 *
 * @internal
 */
export class StepLevels {
  /** sigma_t of the steps t = 0, 1, ... */
  readonly levels: Float32Array;
  private readonly logs: Float64Array;

  /**
   * @param levels noise levels of the steps, rising
   * @throws RangeError if they do not rise, or there are fewer than two
   */
  constructor(levels: ArrayLike<number>) {
    this.levels = Float32Array.from(levels);
    this.logs = Float64Array.from(levels, Math.log);
    const falls = this.logs.findIndex((log, t) => !(t === 0 || log > this.logs[t - 1]!));
    if (falls !== -1 || this.logs.length < 2) {
      throw new RangeError(
        `The noise levels of the steps must rise; step ${Math.max(falls, 1)} is not above the one before.`,
      );
    }
  }

  /** Rounds a noise level to the nearest one of a step; float64 on the host. */
  round(sigma: number): number {
    const log = Math.log(sigma);
    let best = 0;
    for (const [t, other] of this.logs.entries()) {
      if (Math.abs(other - log) < Math.abs(this.logs[best]! - log)) best = t;
    }
    return this.levels[best]!;
  }

  /**
   * Finds the steps nearest to noise levels.
   *
   * @param sigma [N]
   * @returns [N] float32
   */
  nearest(sigma: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => {
      const distances = tf.abs(tf.sub(logColumn(sigma), rowOf(this.logs)));
      return tf.cast(tf.argMin(distances, 1), 'float32') as tf.Tensor1D;
    });
  }

  /**
   * Finds where noise levels lie between the steps. Below the first step and above the last, it is that step.
   *
   * @param sigma [N]
   * @returns [N] steps with a fraction
   */
  interpolate(sigma: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => {
      // Each interval adds the part of it that lies below sigma: 1, a fraction, or 0. The 1s add up without rounding.
      const starts = this.logs.subarray(0, -1);
      const lengths = starts.map((log, t) => this.logs[t + 1]! - log);
      const parts = tf.div(tf.sub(logColumn(sigma), rowOf(starts)), rowOf(lengths));
      return tf.sum(tf.clipByValue(parts, 0, 1), 1) as tf.Tensor1D;
    });
  }
}

function logColumn(sigma: tf.Tensor1D): tf.Tensor2D {
  return tf.reshape(tf.log(sigma), [-1, 1]);
}

function rowOf(values: Float64Array): tf.Tensor2D {
  return tf.tensor2d(Float32Array.from(values), [1, values.length]);
}
