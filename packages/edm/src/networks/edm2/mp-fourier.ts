import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** Random Fourier features of unit magnitude: Eq. (75), Karras et al. 2024. */
export class MpFourier extends Module {
  /** [channels], a buffer: drawn once, not trained. */
  readonly freqs: Parameter;
  /** [channels], a buffer. */
  readonly phases: Parameter;

  /** @param rng draws frequencies and phases; null leaves them zero, to be loaded */
  constructor(channels: number, rng: Rng | null) {
    super();
    const turns = (values: Float32Array | Float64Array) =>
      tf.tensor1d(Float32Array.from(values, (v) => 2 * Math.PI * v));
    const zeros = new Float32Array(channels);
    this.freqs = new Parameter(turns(rng?.normal(channels) ?? zeros), { trainable: false });
    this.phases = new Parameter(turns(rng?.uniform(channels) ?? zeros), { trainable: false });
  }

  /** sqrt(2) cos(x freqs + phases): [N] to [N, channels]. */
  forward(x: tf.Tensor1D): tf.Tensor2D {
    const angles = tf.mul(tf.reshape(x, [-1, 1]), tf.reshape(this.freqs.variable, [1, -1]));
    return tf.mul(tf.cos(tf.add(angles, this.phases.variable)), Math.SQRT2) as tf.Tensor2D;
  }
}
