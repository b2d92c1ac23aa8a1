import * as tf from '@tensorflow/tfjs-core';
import {
  describeGenerator,
  karrasSigma,
  NetworkGenerator,
  type DenoiserNetwork,
  type MultiStepGenerator,
} from '@onestep/diffusion-core';
import { stepTo } from './path-step.js';

/** Settings of a {@link PathGenerator}. */
export interface PathSettings {
  /** The highest noise level, of its input. */
  initSigma: number;
  /** Points of the table of noise levels that its steps pick from; null for levels that are made for the number of steps. */
  gridPoints: number | null;
}

/**
 * A denoiser that was trained to make long steps along the teacher's path, as a one-step generator: G(z) = D(sigma_max z;
 * sigma_max). Further steps follow the path, and add no noise.
 */
export class PathGenerator extends NetworkGenerator implements MultiStepGenerator {
  readonly gridPoints: number | null;

  /** @param network a denoiser, which the generator owns and trains */
  constructor(network: DenoiserNetwork, { initSigma, gridPoints }: PathSettings) {
    super(network, initSigma);
    this.gridPoints = gridPoints;
  }

  override get settings(): Record<string, unknown> {
    return describeGenerator(super.settings, { gridPoints: this.gridPoints });
  }

  /** The noise levels at which the steps start: those of a grid from sigma_max to 0.002, or evenly spaced points of the table. */
  noiseLevels(count: number): number[] {
    const { gridPoints, initSigma: sigmaMax } = this;
    if (!Number.isInteger(count) || count < 1)
      throw new RangeError(`The steps must be an integer from 1, not ${count}.`);
    if (gridPoints !== null && gridPoints % count !== 0) {
      throw new RangeError(
        `The generator's steps are made of ${gridPoints} of its teacher's: choose a number that divides it, not ${count}.`,
      );
    }
    const last = gridPoints === null ? count : (count * (gridPoints - 1)) / gridPoints;
    return Array.from({ length: count }, (_, i) => (i === 0 ? sigmaMax : karrasSigma(i / last, { sigmaMax })));
  }

  /** Follows the path in steps of Euler's method. The last one ends at the denoised image. The noise is not used. */
  generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    _noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D {
    return tf.tidy(() => {
      const level = (value: number) => tf.fill([z.shape[0]!], value) as tf.Tensor1D;
      let x = tf.mul(z, levels[0]!) as tf.Tensor4D;
      for (const [i, sigma] of levels.entries()) {
        const image = this.network.denoise(x, level(sigma), { labels });
        x = i === levels.length - 1 ? image : stepTo(x, image, level(sigma), level(levels[i + 1]!));
      }
      return x;
    });
  }

  override clone(): PathGenerator {
    return new PathGenerator(this.network.clone(), this);
  }
}
