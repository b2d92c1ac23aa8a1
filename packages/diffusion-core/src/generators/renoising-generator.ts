import type * as tf from '@tensorflow/tfjs-core';
import type { MultiStepGenerator } from './multi-step.js';
import { NetworkGenerator } from './network-generator.js';
import { refinementLevels } from './refinement-levels.js';
import { generateByRenoising } from './renoise.js';

/**
 * A one-step generator made of a denoising network that may refine its images: it adds noise of a lower level to them, and
 * denoises again, as students of several levels do (DMD2, Yin et al. 2024, section 4.4).
 *
 * A student that was trained at its one level only has not learned the lower ones: there it still is what it began as, the
 * teacher's denoiser, moved by what it learned at the one level.
 */
export class RenoisingGenerator extends NetworkGenerator implements MultiStepGenerator {
  noiseLevels(count: number): number[] {
    return refinementLevels(count, this.initSigma);
  }

  generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D {
    const predict = (x: tf.Tensor4D, sigma: tf.Tensor1D) => this.network.denoise(x, sigma, { labels });
    return generateByRenoising({ predict, z: z as tf.Tensor4D, levels, noise });
  }

  override clone(): RenoisingGenerator {
    return new RenoisingGenerator(this.network.clone(), this.initSigma);
  }
}
