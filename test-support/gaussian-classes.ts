import * as tf from '@tensorflow/tfjs-core';
import type { Conditions, DenoiserNetwork } from '@onestep/diffusion-core';
import { Module, Parameter } from '@onestep/nn';

/** Gaussian classes whose means are a base and an offset of each class. All pixels are alike. */
export interface GaussianClasses {
  base: number;
  /** One for each class. */
  offsets: readonly number[];
  std: number;
}

class Parameters extends Module {
  readonly base: Parameter;
  readonly offsets: Parameter;
  readonly log_std: Parameter;

  constructor({ base, offsets, std }: GaussianClasses) {
    super();
    this.base = new Parameter(tf.tensor([base]));
    this.offsets = new Parameter(tf.tensor2d([...offsets], [offsets.length, 1]));
    this.log_std = new Parameter(tf.tensor([Math.log(std)]));
  }
}

/**
 * The exact denoiser of N(m, std^2), m = base + label * offsets: without a label, of N(base, std^2). Guided with the scale w it is that
 * of N(base + w label * offsets, std^2) at every noise level, so that the optimum of guided distillation is known in closed form.
 */
export class GaussianClassesDenoiser implements DenoiserNetwork {
  readonly imgResolution = 2;
  readonly imgChannels = 1;
  readonly labelDim: number;
  readonly labelDropout = 0.1;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly module: Parameters;
  readonly settings: Record<string, unknown>;
  private readonly classes: GaussianClasses;

  constructor(classes: GaussianClasses) {
    this.classes = classes;
    this.labelDim = classes.offsets.length;
    this.module = new Parameters(classes);
    this.settings = { kind: 'gaussian-classes', ...classes };
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const { base, offsets, log_std: logStd } = this.module;
      const seen = labels ?? tf.zeros([x.shape[0], this.labelDim]);
      const shift = tf.matMul(seen as tf.Tensor2D, offsets.variable as tf.Tensor as tf.Tensor2D);
      const mean = tf.reshape(tf.add(shift, base.variable), [-1, 1, 1, 1]);
      const variance = tf.exp(tf.mul(logStd.variable, 2));
      const noise = tf.reshape(tf.square(sigma), [-1, 1, 1, 1]);
      const shrink = tf.div(variance, tf.add(variance, noise));
      return tf.add(mean, tf.mul(shrink, tf.sub(x, mean))) as tf.Tensor4D;
    });
  }

  clone(): GaussianClassesDenoiser {
    const copy = new GaussianClassesDenoiser(this.classes);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
