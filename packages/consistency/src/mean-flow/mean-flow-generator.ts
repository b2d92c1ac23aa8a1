import * as tf from '@tensorflow/tfjs-core';
import type { Module } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import {
  describeGenerator,
  flowTime,
  imageLatents,
  karrasSchedule,
  type Conditions,
  type MultiStepGenerator,
  type Share,
  type TrainableGenerator,
  type TrainingLabels,
  type VelocityNetwork,
} from '@onestep/diffusion-core';

/**
 * A network of two times as a generator: one step of its average velocity from the noise level of its input, at the flow time
 * t = sigma / (1 + sigma), to 0. z_0 = z_t - t u(z_t, t, 0), z_t = t z, Eq. (12), Geng et al. 2025.
 */
export class MeanFlowGenerator implements TrainableGenerator, MultiStepGenerator {
  readonly network: VelocityNetwork;
  /** Noise level of its input. */
  readonly initSigma: number;

  /** @param network the generator owns it and trains it */
  constructor(network: VelocityNetwork, initSigma: number) {
    this.network = network;
    this.initSigma = initSigma;
  }

  get module(): Module {
    return this.network.module;
  }

  get settings(): Record<string, unknown> {
    return describeGenerator(this.network.settings, { initSigma: this.initSigma });
  }

  get imgResolution(): number {
    return this.network.imgResolution;
  }

  get imgChannels(): number {
    return this.network.imgChannels;
  }

  get labelDim(): number {
    return this.network.labelDim;
  }

  get labels(): TrainingLabels | undefined {
    return this.network.labels;
  }

  sampleLatents(rng: Rng, n: number, rows?: Share): { shape: number[]; data: Float32Array } {
    return imageLatents(this, rng, n, rows);
  }

  generate(z: tf.Tensor, labels?: tf.Tensor2D, conditions: Conditions = {}): tf.Tensor4D {
    return this.flow(z, [this.initSigma], { ...conditions, labels });
  }

  /** Levels of equal ratio in Karras et al. 2022's schedule, down to one above 0. */
  noiseLevels(count: number): readonly number[] {
    return karrasSchedule(count, { sigmaMax: this.initSigma, sigmaMin: Math.min(1, this.initSigma) });
  }

  /** Steps from each level to the next and from the last one to 0, without noise of their own. */
  generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    _noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D {
    return this.flow(z, levels, { labels });
  }

  clone(): MeanFlowGenerator {
    return new MeanFlowGenerator(this.network.clone(), this.initSigma);
  }

  /** z_r = z_t - (t - r) u(z_t, t, r), Eq. (12), Geng et al. 2025, step by step. */
  private flow(z: tf.Tensor, levels: readonly number[], conditions: Conditions): tf.Tensor4D {
    return tf.tidy(() => {
      const times = [...levels.map(flowTime), 0];
      let x = tf.mul(z, times[0]!) as tf.Tensor4D;
      for (let i = 0; i + 1 < times.length; i++) {
        const [t, r] = [times[i]!, times[i + 1]!];
        const at = (time: number) => tf.fill([z.shape[0]!], time) as tf.Tensor1D;
        x = tf.sub(x, tf.mul(this.network.averageVelocity(x, at(t), at(r), conditions), t - r));
      }
      return x;
    });
  }
}
