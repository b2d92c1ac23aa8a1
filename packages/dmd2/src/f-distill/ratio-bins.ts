import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { SampleWeighting } from '../sample-weighting.js';
import { ratioWeights, type RatioWeighting } from './ratio-weights.js';

/** The mean ratios at similar noise levels: state of f-distill, saved and resumed with a run. */
export class RatioBins extends Module {
  /** [bins]; at first 1. */
  readonly bins: Parameter;

  constructor(count: number) {
    super();
    this.bins = new Parameter(tf.ones([count]), { trainable: false });
  }
}

/** Weighs samples by the ratio of densities that a discriminator estimates. */
export function weighByRatio(settings: RatioWeighting & { binNum: number }): SampleWeighting {
  return {
    modules: () => ({ ratio: new RatioBins(settings.binNum) }),
    weigh(batch, { ratio }) {
      const { bins } = ratio as RatioBins;
      const { weights, bins: moved } = ratioWeights(batch, bins.variable as tf.Tensor as tf.Tensor1D, settings);
      return { factors: weights, buffers: { 'ratio.bins': moved } };
    },
  };
}
