import type * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';

/** Factors on the score term of each sample, from what the discriminator says of a whole batch. */
export interface SampleWeighting {
  /** A module whose buffers are the state of the weighting, by its name among the modules of a run. */
  modules(): Record<string, Module>;
  /**
   * Weighs the samples of a batch.
   *
   * @param batch logits, [N, maps], and noise levels, [N]; constants
   * @param modules of the run
   * @returns factors, [N], and new values of buffers by `module.buffer`; constants
   */
  weigh(
    batch: { logits: tf.Tensor2D; sigma: tf.Tensor1D },
    modules: Readonly<Record<string, Module>>,
  ): { factors: tf.Tensor1D; buffers: Record<string, tf.Tensor> };
}
