import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';
import type { TrainingLabels } from '../conditions/training-labels.js';
import type { Conditions, Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';
import type { Share } from '../processes/share-of.js';
import { imageLatents } from './image-latents.js';

/**
 * A denoiser as a one-step generator: G(z) = D(sigma_init z; sigma_init), z ~ N(0, I).
 *
 * Diff-Instruct and SiD train such a generator as their student, starting from the teacher's weights.
 */
export class DenoiserGenerator implements Generator {
  readonly denoiser: Denoiser;
  /** Noise level of the denoiser's input. */
  readonly initSigma: number;

  constructor(denoiser: Denoiser, initSigma: number) {
    this.denoiser = denoiser;
    this.initSigma = initSigma;
  }

  get imgResolution(): number {
    return this.denoiser.imgResolution;
  }

  get imgChannels(): number {
    return this.denoiser.imgChannels;
  }

  get labelDim(): number {
    return this.denoiser.labelDim;
  }

  get labels(): TrainingLabels | undefined {
    return this.denoiser.labels;
  }

  /**
   * Evaluates G(z).
   *
   * @param z [N, H, W, C] standard normal
   * @param labels [N, labelDim]
   * @param conditions further conditions, such as the source of dropout masks
   * @returns [N, H, W, C], about [-1, 1], not clipped
   */
  generate(z: tf.Tensor, labels?: tf.Tensor2D, conditions: Conditions = {}): tf.Tensor4D {
    return tf.tidy(() => {
      const sigma = tf.fill([z.shape[0]!], this.initSigma) as tf.Tensor1D;
      const x = tf.mul(z, this.initSigma) as tf.Tensor4D;
      return this.denoiser.denoise(x, sigma, { ...conditions, labels });
    });
  }

  sampleLatents(rng: Rng, n: number, rows?: Share): { shape: number[]; data: Float32Array } {
    return imageLatents(this, rng, n, rows);
  }
}
