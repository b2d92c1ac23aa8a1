import type * as tf from '@tensorflow/tfjs-core';
import { NumpyRandomState, Rng } from '@onestep/random';
import type { TrainingLabels } from '../conditions/training-labels.js';
import type { Generator } from '../generator.js';

/**
 * A generator whose latents of seeds are those of NumPy's `RandomState(seed)`, as the published `generate.py` of StyleGAN2 draws them,
 * so that a seed has the same image there.
 */
export class NumpySeeds implements Generator {
  /** @param generator whose latents are rows of standard normal numbers, [N, length] */
  constructor(private readonly generator: Generator) {}

  get imgResolution(): number {
    return this.generator.imgResolution;
  }

  get imgChannels(): number {
    return this.generator.imgChannels;
  }

  get labelDim(): number {
    return this.generator.labelDim;
  }

  get labels(): TrainingLabels | undefined {
    return this.generator.labels;
  }

  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return this.generator.generate(z, labels);
  }

  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    return this.generator.sampleLatents(rng, n);
  }

  /** @throws RangeError for a seed that NumPy does not have */
  latentOf(seed: number): { shape: number[]; data: Float32Array } {
    const { shape } = this.generator.sampleLatents(new Rng(0), 1);
    return { shape, data: Float32Array.from(new NumpyRandomState(seed).normal(shape[1]!)) };
  }
}
