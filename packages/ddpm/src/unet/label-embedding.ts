import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { Rng } from '@onestep/random';

/** A vector for each class, named as PyTorch's `Embedding`. Its input is labels, so that mixtures and the null label work. */
export class LabelEmbedding extends Module {
  /** [classes, channels] */
  readonly weight: Parameter;

  /** @param rng draws the initial weights; null leaves them zero, to be loaded */
  constructor(classes: number, channels: number, rng: Rng | null) {
    super();
    const values = rng === null ? new Float32Array(classes * channels) : rng.normal(classes * channels);
    this.weight = new Parameter(tf.tensor2d(values, [classes, channels]));
  }

  /** [N, classes] to [N, channels]. */
  forward(labels: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(labels, this.weight.variable as tf.Tensor as tf.Tensor2D);
  }
}
