import * as tf from '@tensorflow/tfjs-core';
import { copyWithZeroRest, Linear, Module, silu } from '@onestep/nn';
import { Rng } from '@onestep/random';
import type { Conditions, FeatureMap, FeatureNetwork } from '../denoiser.js';
import { findFeatureMaps } from '../feature-maps.js';
import {
  endTimeInput,
  flowVelocity,
  type EndTime,
  type EndTimeOptions,
  type VelocityNetwork,
} from '../velocity-network.js';

/** Settings of an {@link MlpDenoiser}. */
export interface MlpSettings {
  imgResolution: number;
  imgChannels: number;
  labelDim?: number;
  hidden: number;
  /** Standard deviation of the data. */
  sigmaData: number;
  /** The second time that the network takes; left out, it takes one. */
  endTime?: EndTime;
}

/** Frequencies of the waves of the noise level's logarithm that are inputs of the network. */
const FREQUENCIES = [1, 2, 4];

/** A time, [N, 1], and its waves. */
function embedTime(time: tf.Tensor): tf.Tensor[] {
  return [time, ...FREQUENCIES.flatMap((f) => [tf.sin(tf.mul(time, f)), tf.cos(tf.mul(time, f))])];
}

class Layers extends Module {
  readonly first: Linear;
  readonly second: Linear;
  readonly third: Linear;
  readonly last: Linear;

  constructor(inFeatures: number, hidden: number, outFeatures: number, rng: Rng | null) {
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

  constructor(mlp: MlpSettings, rng: Rng | null = new Rng(0)) {
    this.mlp = mlp;
    this.imgResolution = mlp.imgResolution;
    this.imgChannels = mlp.imgChannels;
    this.labelDim = mlp.labelDim ?? 0;
    const pixels = mlp.imgResolution ** 2 * mlp.imgChannels;
    const time = 1 + 2 * FREQUENCIES.length;
    const times = mlp.endTime === undefined ? time : 2 * time;
    this.module = new Layers(pixels + times + this.labelDim, mlp.hidden, pixels, rng);
    this.featureMaps = [{ name: 'third', resolution: 1, channels: mlp.hidden }];
    this.settings = { kind: 'mlp', ...mlp };
  }

  /** What the second time of a network of two times is; undefined for other networks. */
  get endTime(): EndTime | undefined {
    return this.mlp.endTime;
  }

  roundSigma(sigma: number): number {
    return sigma;
  }

  /** D(x; sigma) = c_skip x + c_out F(c_in x, c_noise), Table 1, Karras et al. 2022. */
  denoise(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => this.decode(this.encode(x, sigma, conditions), x.shape));
  }

  /** Evaluates the average velocity of a network of two times. @throws if the network has one time */
  averageVelocity(z: tf.Tensor4D, t: tf.Tensor1D, r: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    const kind = this.endTime;
    if (kind === undefined) throw new Error('This network has no second time.');
    return tf.tidy(() => {
      const end = endTimeInput(kind, t, r);
      const denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) =>
        this.decode(this.encode(x, sigma, conditions, end), x.shape);
      return flowVelocity(denoise, z, t);
    });
  }

  /** Makes a network of two times after this one. Its preconditioning stays. */
  withEndTime({ endTime, rng }: EndTimeOptions): MlpDenoiser & VelocityNetwork {
    const network = new MlpDenoiser({ ...this.mlp, endTime }, rng);
    if (rng === null) copyWithZeroRest(network.module, this.module);
    return network as MlpDenoiser & VelocityNetwork;
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

  private encode(x: tf.Tensor4D, sigma: tf.Tensor1D, { labels }: Conditions, end?: tf.Tensor1D): Encoded {
    const { first, second, third } = this.module;
    const flat = tf.reshape(x, [x.shape[0], -1]) as tf.Tensor2D;
    const level = tf.reshape(sigma, [-1, 1]) as tf.Tensor2D;
    const total = tf.add(tf.square(level), this.mlp.sigmaData ** 2) as tf.Tensor2D;
    const inputs = [tf.div(flat, tf.sqrt(total)), ...embedTime(tf.div(tf.log(level), 4))];
    if (this.labelDim > 0) inputs.push(labels ?? tf.zeros([x.shape[0], this.labelDim]));
    if (this.endTime !== undefined) {
      const time = tf.div(sigma, tf.add(sigma, 1)) as tf.Tensor1D;
      inputs.push(...embedTime(tf.reshape(end ?? endTimeInput(this.endTime, time, time), [-1, 1])));
    }
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
