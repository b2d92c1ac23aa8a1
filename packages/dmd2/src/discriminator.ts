import type * as tf from '@tensorflow/tfjs-core';
import { hasFeatures, type Conditions, type Denoiser, type FeatureNetwork } from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import type { Networks } from '@onestep/score-distillation';
import { DiscriminatorHeads } from './heads/discriminator-heads.js';
import type { Dmd2Options } from './options.js';

/** The module with the heads, among the further modules of a run. */
export const HEADS = 'head';

/** Noisy images and their noise levels. */
export interface NoisyImages {
  /** [N, H, W, C] */
  x: tf.Tensor4D;
  /** [N] */
  sigma: tf.Tensor1D;
}

/** The two networks whose encoder a discriminator may read. */
type Readable = Pick<Networks, 'teacher' | 'fakeScore'>;

/** Tells noisy real images from noisy images of the student: heads on the encoder of one of the networks. */
export class Discriminator {
  private readonly options: Pick<Dmd2Options, 'features' | 'maps'>;

  constructor(options: Pick<Dmd2Options, 'features' | 'maps'>) {
    this.options = options;
  }

  /**
   * Makes the heads.
   *
   * @param rng draws their weights; null leaves them zero, to be loaded
   * @throws RangeError if the network has not as many maps of features
   */
  createHeads(networks: Readable, rng: Rng | null): DiscriminatorHeads {
    const { featureMaps } = this.network(networks);
    const maps = this.options.maps ?? featureMaps.length;
    if (featureMaps.length < maps) {
      const names = featureMaps.map(({ name }) => name).join(', ');
      throw new RangeError(`maps must be at most ${featureMaps.length}, not ${maps}: the encoder has ${names}.`);
    }
    return new DiscriminatorHeads(featureMaps.slice(-maps), rng);
  }

  /** Logits of images, [N, maps]. */
  judge(images: NoisyImages, networks: Networks, conditions: Conditions): tf.Tensor2D {
    const network = this.network(networks);
    return this.logits(network.features(images.x, images.sigma, conditions, this.names(network)), networks);
  }

  /** The same, with the denoised images of one of the networks; together with its own there is one evaluation. */
  judgeAndDenoise(
    images: NoisyImages,
    denoiser: Denoiser,
    networks: Networks,
    conditions: Conditions,
  ): { logits: tf.Tensor2D; denoised: tf.Tensor4D } {
    const network = this.network(networks);
    if (denoiser !== network) {
      const denoised = denoiser.denoise(images.x, images.sigma, conditions);
      return { logits: this.judge(images, networks, conditions), denoised };
    }
    const both = network.denoiseWithFeatures(images.x, images.sigma, conditions, this.names(network));
    return { logits: this.logits(both.features, networks), denoised: both.denoised };
  }

  private network({ teacher, fakeScore }: Readable): FeatureNetwork {
    const network = this.options.features === 'fake' ? fakeScore : teacher;
    if (hasFeatures(network)) return network;
    throw new RangeError(
      `The discriminator reads the encoder of the ${this.options.features === 'fake' ? 'fake score network' : 'teacher'}, ` +
        'which has none: set gan to 0 for no discriminator.',
    );
  }

  private names({ featureMaps }: FeatureNetwork): string[] {
    return featureMaps.slice(-(this.options.maps ?? featureMaps.length)).map(({ name }) => name);
  }

  private logits(features: readonly tf.Tensor4D[], { modules }: Networks): tf.Tensor2D {
    return (modules[HEADS] as DiscriminatorHeads).forward(features);
  }
}
