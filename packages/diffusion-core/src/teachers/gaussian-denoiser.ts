import * as tf from '@tensorflow/tfjs-core';
import { Module, Parameter } from '@onestep/nn';
import type { DenoiserNetwork } from '../denoiser.js';
import { perImage } from '../per-image.js';

/** Settings of a {@link GaussianDenoiser}: the distribution of its images. */
export interface GaussianSettings {
  imgResolution: number;
  imgChannels: number;
  /** Mean of each pixel. */
  mean: number;
  /** Standard deviation of each pixel. */
  std: number;
}

/** Mean and standard deviation of each channel. The logarithm keeps the standard deviation positive. */
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
 * The exact denoiser of images whose pixels are independent Gaussians. Its only parameters are the mean and the standard
 * deviation of each channel. It serves tests as a teacher without error and as the smallest network that can be trained;
 * its probability-flow ODE and the optimal one-step generator are known in closed form.
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
      const noiseVariance = perImage(tf.square(sigma));
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
