import * as tf from '@tensorflow/tfjs-core';
import { Module } from '../module.js';

const MAX_POSITIONS = 10_000;

/** Sinusoidal embedding of numbers (Vaswani et al. 2017, in the variant of Ho et al. 2020). */
export class PositionalEmbedding extends Module {
  private readonly frequencies: readonly number[];

  /**
   * @param channels even
   * @param options `endpoint`: whether the lowest frequency is exactly 1 / 10000. Default false
   */
  constructor(channels: number, { endpoint = false }: { endpoint?: boolean } = {}) {
    super();
    const half = channels / 2;
    const last = half - (endpoint ? 1 : 0);
    this.frequencies = Array.from({ length: half }, (_, i) => MAX_POSITIONS ** -(i / last));
  }

  /**
   * @param x [N]
   * @returns [N, channels]: cosines, then sines
   */
  forward(x: tf.Tensor1D): tf.Tensor2D {
    const angles = tf.mul(tf.reshape(x, [-1, 1]), tf.tensor2d([...this.frequencies], [1, this.frequencies.length]));
    return tf.concat([tf.cos(angles), tf.sin(angles)], 1) as tf.Tensor2D;
  }
}
