import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module, silu } from '@onestep/nn';
import type { Rng } from '@onestep/random';

const MAX_PERIOD = 10_000;

/**
 * Sinusoids of time steps (Ho et al. 2020), which may have a fraction.
 *
 * @param t [N]
 * @param channels even
 * @param options order and spacing: see `UNet2DSettings`
 * @returns [N, channels]
 */
export function embedTimeSteps(
  t: tf.Tensor1D,
  channels: number,
  { cosineFirst, frequencyShift }: { cosineFirst: boolean; frequencyShift: number },
): tf.Tensor2D {
  const half = channels / 2;
  const frequencies = Array.from({ length: half }, (_, k) => MAX_PERIOD ** -(k / (half - frequencyShift)));
  const angles = tf.mul(tf.reshape(t, [-1, 1]), tf.tensor2d(frequencies, [1, half]));
  const parts = [tf.sin(angles), tf.cos(angles)];
  return tf.concat(cosineFirst ? parts.reverse() : parts, 1) as tf.Tensor2D;
}

/** Two layers after the sinusoids. */
export class TimeEmbedding extends Module {
  readonly linear_1: Linear;
  readonly linear_2: Linear;

  constructor(inChannels: number, embeddingChannels: number, rng: Rng | null) {
    super();
    this.linear_1 = new Linear(inChannels, embeddingChannels, rng);
    this.linear_2 = new Linear(embeddingChannels, embeddingChannels, rng);
  }

  /** [N, inChannels] to [N, embeddingChannels]. */
  forward(x: tf.Tensor2D): tf.Tensor2D {
    return this.linear_2.forward(silu(this.linear_1.forward(x)));
  }
}
