import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module, silu } from '@onestep/nn';
import { Rng } from '@onestep/random';
import type { Conditions, DenoiserNetwork } from '../denoiser.js';

/** Settings of an {@link MlpDenoiser}. */
export interface MlpSettings {
  imgResolution: number;
  imgChannels: number;
  labelDim?: number;
  hidden: number;
  /** Standard deviation of the data. */
  sigmaData: number;
}

/** Frequencies of the waves of the noise level's logarithm that are inputs of the network. */
const FREQUENCIES = [1, 2, 4];

class Layers extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly third: Linear;
  readonly last: Linear;

  constructor(inFeatures: number, hidden: number, outFeatures: number, rng: Rng) {
    super();
    this.first = new Linear(inFeatures, hidden, rng);
    this.second = new Linear(hidden, hidden, rng);
    this.third = new Linear(hidden, hidden, rng);
    this.last = new Linear(hidden, outFeatures, rng);
  }
}

/** A small multilayer perceptron with EDM's preconditioning, for points: images of a few pixels. */
export class MlpDenoiser implements DenoiserNetwork {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly module: Layers;
  readonly settings: Record<string, unknown>;
  private readonly mlp: MlpSettings;

  constructor(mlp: MlpSettings, rng: Rng = new Rng(0)) {
    this.mlp = mlp;
    this.imgResolution = mlp.imgResolution;
    this.imgChannels = mlp.imgChannels;
    this.labelDim = mlp.labelDim ?? 0;
    const pixels = mlp.imgResolution ** 2 * mlp.imgChannels;
    this.module = new Layers(pixels + 1 + 2 * FREQUENCIES.length + this.labelDim, mlp.hidden, pixels, rng);
    this.settings = { kind: 'mlp', ...mlp };
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /** D(x; sigma) = c_skip x + c_out F(c_in x, c_noise), Table 1, Karras et al. 2022. */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const { first, second, third, last } = this.module;
      const { sigmaData } = this.mlp;
      const flat = tf.reshape(x, [x.shape[0], -1]);
      const level = tf.reshape(sigma, [-1, 1]);
      const total = tf.add(tf.square(level), sigmaData ** 2);
      const cNoise = tf.div(tf.log(level), 4);
      const waves = FREQUENCIES.flatMap((f) => [tf.sin(tf.mul(cNoise, f)), tf.cos(tf.mul(cNoise, f))]);
      const inputs = [tf.div(flat, tf.sqrt(total)), cNoise, ...waves, ...(labels ? [labels] : [])];
      let h = tf.concat(inputs, 1) as tf.Tensor2D;
      for (const layer of [first, second, third]) h = silu(layer.forward(h));
      const cSkip = tf.div(sigmaData ** 2, total);
      const cOut = tf.div(tf.mul(level, sigmaData), tf.sqrt(total));
      return tf.reshape(tf.add(tf.mul(cSkip, flat), tf.mul(cOut, last.forward(h))), x.shape) as tf.Tensor4D;
    });
  }

  clone(): MlpDenoiser {
    const copy = new MlpDenoiser(this.mlp);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
