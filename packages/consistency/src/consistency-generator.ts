import * as tf from '@tensorflow/tfjs-core';
import {
  describeGenerator,
  generateByRenoising,
  NetworkGenerator,
  perImage,
  refinementLevels,
  type Conditions,
  type DenoiserNetwork,
  type MultiStepGenerator,
  type OpenedGenerator,
} from '@onestep/diffusion-core';

/** Standard deviation of the data, as in EDM's preconditioning. */
export const SIGMA_DATA = 0.5;

/** Settings of a {@link ConsistencyGenerator}. */
export interface ConsistencySettings {
  /** sigma_max: the noise level of its input. */
  initSigma: number;
  /** epsilon: the noise level at which f(x) = x. At 0, f is the denoiser itself. */
  boundary: number;
  /** Whether the images of each of several steps are clipped to [-1, 1], as in consistency_models. Default: false. */
  clipsSteps?: boolean;
}

/**
 * A consistency function f(x; sigma), which maps a noisy image to the end of its path (Song et al. 2023), as a one-step
 * generator: G(z) = f(sigma_max z; sigma_max). Further steps add noise of a lower level, and evaluate f there.
 */
export class ConsistencyGenerator extends NetworkGenerator implements MultiStepGenerator {
  /** epsilon */
  readonly boundary: number;
  readonly clipsSteps: boolean;

  /** @param network a denoiser, which the generator owns and trains */
  constructor(network: DenoiserNetwork, { initSigma, boundary, clipsSteps = false }: ConsistencySettings) {
    super(network, initSigma);
    this.boundary = boundary;
    this.clipsSteps = clipsSteps;
  }

  override get settings(): Record<string, unknown> {
    return describeGenerator(super.settings, { boundary: this.boundary });
  }

  /**
   * Evaluates f(x; sigma), which is x at sigma = epsilon.
   *
   * f is the denoiser with the factors c_skip and c_out of Appendix C, Song et al. 2023 in place of EDM's. Both have the same
   * network F, so that f = c_skip(sigma) x + (1 - epsilon / sigma) (D - c_skip_EDM(sigma) x).
   *
   * @param x [N, H, W, C] noisy images
   * @param sigma [N] noise levels
   * @returns [N, H, W, C]
   */
  consistency(x: tf.Tensor4D, sigma: tf.Tensor1D, conditions: Conditions = {}): tf.Tensor4D {
    const { network, boundary } = this;
    if (boundary === 0) return network.denoise(x, sigma, conditions);
    return tf.tidy(() => {
      const variance = SIGMA_DATA ** 2;
      const skip = tf.div(variance, tf.add(tf.square(tf.sub(sigma, boundary)), variance));
      const edmSkip = tf.div(variance, tf.add(tf.square(sigma), variance));
      const change = tf.sub(1, tf.div(boundary, sigma));
      const residual = tf.sub(network.denoise(x, sigma, conditions), tf.mul(x, perImage(edmSkip)));
      return tf.add(tf.mul(x, perImage(skip)), tf.mul(residual, perImage(change)));
    });
  }

  override generate(z: tf.Tensor, labels?: tf.Tensor2D, conditions: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const sigma = tf.fill([z.shape[0]!], this.initSigma) as tf.Tensor1D;
      return this.consistency(tf.mul(z, this.initSigma) as tf.Tensor4D, sigma, { ...conditions, labels });
    });
  }

  noiseLevels(count: number): number[] {
    return refinementLevels(count, this.initSigma);
  }

  generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D {
    return generateByRenoising({
      predict: (x, sigma) => this.consistency(x, sigma, { labels }),
      z: z as tf.Tensor4D,
      levels,
      noise,
      boundary: this.boundary,
      ...(this.clipsSteps && { edit: (images: tf.Tensor4D) => tf.clipByValue(images, -1, 1) }),
    });
  }

  override clone(): ConsistencyGenerator {
    return new ConsistencyGenerator(this.network.clone(), this);
  }
}

/**
 * Makes the generator of a file. One without a boundary is the denoiser itself.
 *
 * @throws RangeError if its boundary is no noise level below that of its input
 */
export function openConsistencyGenerator(
  { network, record }: OpenedGenerator,
  { clipsSteps }: Pick<ConsistencySettings, 'clipsSteps'> = {},
): ConsistencyGenerator {
  const { initSigma, boundary = 0 } = record;
  if (typeof boundary === 'number' && boundary >= 0 && boundary < initSigma) {
    return new ConsistencyGenerator(network, { initSigma, boundary, clipsSteps });
  }
  throw new RangeError(
    `The file says that its generator has the boundary ${JSON.stringify(boundary)}: it must be a number from 0, below ${initSigma}.`,
  );
}
