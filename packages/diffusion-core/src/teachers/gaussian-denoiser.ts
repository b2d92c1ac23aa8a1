import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { DenoiserNetwork } from '../denoiser.js';

/** The distribution a {@link GaussianDenoiser} knows. */
export interface GaussianSettings {
  imgResolution: number;
  imgChannels: number;
  /** Mean of each pixel. */
  mean: number;
  /** Standard deviation of each pixel. */
  std: number;
}

/** The two numbers of each channel; the logarithm keeps the standard deviation positive. */
class GaussianParameters extends Module {
  readonly mean: Parameter;
  readonly log_std: Parameter;

  constructor({ imgChannels, mean, std }: GaussianSettings) {
    super();
    this.mean = new Parameter(tf.fill([imgChannels], mean));
    this.log_std = new Parameter(tf.fill([imgChannels], Math.log(std)));
  }
}

/**
 * The exact denoiser of images whose pixels are independent Gaussians, with a mean and standard deviation for each
 * channel as its only parameters. As a teacher it has no error; trained, it is the smallest network there is. Its
 * probability-flow ODE and the optimal one-step generator are known in closed form.
 */
export class GaussianDenoiser implements DenoiserNetwork {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim = 0;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly module: GaussianParameters;
  readonly settings: Record<string, unknown>;

  constructor(settings: GaussianSettings) {
    this.imgResolution = settings.imgResolution;
    this.imgChannels = settings.imgChannels;
    this.module = new GaussianParameters(settings);
    this.settings = { kind: 'gaussian', ...settings };
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /** D(x; sigma) = mean + std^2 / (std^2 + sigma^2) (x - mean), the posterior mean of a Gaussian. */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D {
    return tf.tidy(() => {
      const mean = this.module.mean.variable;
      const variance = tf.exp(tf.mul(this.module.log_std.variable, 2));
      const noiseVariance = tf.reshape(tf.square(sigma), [-1, 1, 1, 1]);
      const shrink = tf.div(variance, tf.add(variance, noiseVariance));
      return tf.add(mean, tf.mul(shrink, tf.sub(x, mean))) as tf.Tensor4D;
    });
  }

  clone(): GaussianDenoiser {
    const copy = new GaussianDenoiser(this.settings as unknown as GaussianSettings);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
