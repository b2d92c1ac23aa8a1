import * as tf from '@tensorflow/tfjs-core';
import type { DenoiserNetwork } from '@onestep/diffusion-core';
import { Linear, Module, PositionalEmbedding } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** Numbers that a noise level becomes for networks without an embedding of their own. */
const CHANNELS = 32;

/**
 * u(sigma), the logarithm of the variance of the loss at a noise level: one row on an embedding of the noise level. The embedding is
 * the network's own before anything trained, as in FastGen; for networks that have none, a positional one of ln(sigma) / 4.
 */
export class LogVariance extends Module {
  readonly linear: Linear;
  private readonly embed: (sigma: tf.Tensor1D) => tf.Tensor2D;

  constructor(network: DenoiserNetwork, rng: Rng) {
    super();
    const positional = new PositionalEmbedding(CHANNELS, { endpoint: true });
    this.embed = (sigma) =>
      network.noiseEmbedding?.(sigma) ?? positional.forward(tf.div(tf.log(sigma), 4) as tf.Tensor1D);
    const channels = tf.tidy(() => this.embed(tf.tensor1d([1])).shape[1]);
    this.linear = new Linear(channels, 1, rng);
  }

  /**
   * @param sigma [N]
   * @returns [N]
   */
  forward(sigma: tf.Tensor1D): tf.Tensor1D {
    return tf.squeeze(this.linear.forward(this.embed(sigma)), [1]);
  }
}
