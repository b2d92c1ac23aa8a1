import * as tf from '@tensorflow/tfjs-core';
import { perImage, type DenoiserNetwork } from '@onestep/diffusion-core';
import { Module, Parameter } from '@onestep/nn';

class Parameters extends Module {
  readonly mean: Parameter;
  readonly std: Parameter;

  constructor(mean: number, std: number) {
    super();
    this.mean = new Parameter(tf.tensor1d([mean, mean]));
    this.std = new Parameter(tf.tensor1d([std, std]));
  }
}

/**
 * The exact consistency function of independent Gaussian pixels, in place of a denoiser: the end of the probability-flow ODE, which
 * keeps the number of standard deviations from the mean, f(x; sigma) = m + s (x - m) / sqrt(s^2 + sigma^2).
 */
export class GaussianConsistency implements DenoiserNetwork {
  readonly imgResolution = 1;
  readonly imgChannels = 2;
  readonly labelDim = 0;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly module: Parameters;
  readonly settings = { kind: 'gaussian-consistency' };

  constructor(mean: number, std: number) {
    this.module = new Parameters(mean, std);
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D): tf.Tensor4D {
    const [mean, std] = [this.module.mean.variable, this.module.std.variable];
    const shrink = tf.div(std, tf.sqrt(tf.add(tf.square(std), perImage(tf.square(sigma)))));
    return tf.add(mean, tf.mul(shrink, tf.sub(x, mean)));
  }

  clone(): GaussianConsistency {
    const copy = new GaussianConsistency(0, 1);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
