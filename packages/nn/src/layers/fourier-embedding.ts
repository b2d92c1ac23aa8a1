import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';

const FREQUENCY_DEVIATION = 16;

/** Random Fourier features of numbers (Tancik et al. 2020, as in Song et al. 2021). */
export class FourierEmbedding extends Module {
  /** [channels / 2], a buffer: drawn once from N(0, 16^2), not trained. */
  readonly freqs: Parameter;

  /**
   * @param channels even
   * @param rng draws the frequencies; null leaves them zero, to be loaded
   */
  constructor(channels: number, rng: Rng | null) {
    super();
    const half = channels / 2;
    const values = rng === null ? new Float32Array(half) : rng.normal(half).map((v) => v * FREQUENCY_DEVIATION);
    this.freqs = new Parameter(tf.tensor1d(values), { trainable: false });
  }

  /**
   * @param x [N]
   * @returns [N, channels]: cosines, then sines
   */
  forward(x: tf.Tensor1D): tf.Tensor2D {
    const cycles = tf.mul(this.freqs.variable, 2 * Math.PI);
    const angles = tf.mul(tf.reshape(x, [-1, 1]), tf.reshape(cycles, [1, -1]));
    return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as tf.Tensor2D;
  }
}
