import * as tf from '@tensorflow/tfjs-core';
import { Linear, Module, silu } from '@onestep/nn';
import { Rng } from '@onestep/random';
import type { Conditions, FeatureMap, FeatureNetwork } from '../denoiser.js';
import { findFeatureMaps } from '../feature-maps.js';

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

/** What the last layer takes. */
interface Encoded {
  /** [N, H W C], the noisy images. */
  flat: tf.Tensor2D;
  /** [N, 1], sigma. */
  level: tf.Tensor2D;
  /** [N, 1], sigma^2 + sigma_data^2. */
  total: tf.Tensor2D;
  /** [N, hidden], the last hidden layer. */
  hidden: tf.Tensor2D;
}

/** A small multilayer perceptron with EDM's preconditioning, for points: images of a few pixels. */
export class MlpDenoiser implements FeatureNetwork {
  readonly imgResolution: number;
  readonly imgChannels: number;
  readonly labelDim: number;
  readonly sigmaMin = 0;
  readonly sigmaMax = Infinity;
  readonly module: Layers;
  readonly settings: Record<string, unknown>;
  /** The last hidden layer, as one pixel. */
  readonly featureMaps: readonly FeatureMap[];
  private readonly mlp: MlpSettings;

  constructor(mlp: MlpSettings, rng: Rng = new Rng(0)) {
    this.mlp = mlp;
    this.imgResolution = mlp.imgResolution;
    this.imgChannels = mlp.imgChannels;
    this.labelDim = mlp.labelDim ?? 0;
    const pixels = mlp.imgResolution ** 2 * mlp.imgChannels;
    this.module = new Layers(pixels + 1 + 2 * FREQUENCIES.length + this.labelDim, mlp.hidden, pixels, rng);
    this.featureMaps = [{ name: 'third', resolution: 1, channels: mlp.hidden }];
    this.settings = { kind: 'mlp', ...mlp };
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /** D(x; sigma) = c_skip x + c_out F(c_in x, c_noise), Table 1, Karras et al. 2022. */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => this.decode(this.encode(x, sigma, conditions), x.shape));
  }

  features(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}, names: readonly string[]): tf.Tensor4D[] {
    return tf.tidy(() => this.takeFeatures(this.encode(x, sigma, conditions), names));
  }

  denoiseWithFeatures(
    x: tf.Tensor4D,
    sigma: tf.Tensor1D,
    conditions: Conditions = {},
    names: readonly string[],
  ): { denoised: tf.Tensor4D; features: tf.Tensor4D[] } {
    return tf.tidy(() => {
      const encoded = this.encode(x, sigma, conditions);
      return { denoised: this.decode(encoded, x.shape), features: this.takeFeatures(encoded, names) };
    });
  }

  private encode(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions): Encoded {
    const { first, second, third } = this.module;
    const flat = tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D;
    const level = tf.reshape(sigma, [-1, 1]) as tf.Tensor2D;
    const total = tf.add(tf.square(level), this.mlp.sigmaData ** 2) as tf.Tensor2D;
    const cNoise = tf.div(tf.log(level), 4);
    const waves = FREQUENCIES.flatMap((f) => [tf.sin(tf.mul(cNoise, f)), tf.cos(tf.mul(cNoise, f))]);
    const inputs = [tf.div(flat, tf.sqrt(total)), cNoise, ...waves, ...(labels ? [labels] : [])];
    let hidden = tf.concat(inputs, 1) as tf.Tensor2D;
    for (const layer of [first, second, third]) hidden = silu(layer.forward(hidden));
    return { flat, level, total, hidden };
  }

  private decode({ flat, level, total, hidden }: Encoded, shape: tf.Tensor4D['shape']): tf.Tensor4D {
    const { sigmaData } = this.mlp;
    const cSkip = tf.div(sigmaData ** 2, total);
    const cOut = tf.div(tf.mul(level, sigmaData), tf.sqrt(total));
    return tf.reshape(tf.add(tf.mul(cSkip, flat), tf.mul(cOut, this.module.last.forward(hidden))), shape);
  }

  private takeFeatures({ hidden }: Encoded, names: readonly string[]): tf.Tensor4D[] {
    return findFeatureMaps(this.featureMaps, names).map(() =>
      tf.reshape(hidden, [hidden.shape[0], 1, 1, hidden.shape[1]]),
    );
  }

  clone(): MlpDenoiser {
    const copy = new MlpDenoiser(this.mlp);
    copy.module.copyFrom(this.module);
    return copy;
  }
}
