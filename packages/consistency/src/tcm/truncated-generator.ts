import type * as tf from '@tensorflow/tfjs-core';
import { describeGenerator, karrasSchedule, type DenoiserNetwork } from '@onestep/diffusion-core';
import { ConsistencyGenerator } from '../consistency-generator.js';

/** Settings of a {@link TruncatedGenerator}. */
export interface TruncatedSettings {
  initSigma: number;
  /** t': the lowest noise level that the network was trained at. */
  transition: number;
}

/** A consistency generator whose network is one at high noise levels only: what TCM trains. */
export class TruncatedGenerator extends ConsistencyGenerator {
  /** t' */
  readonly transition: number;

  /** @param network a denoiser, which the generator owns and trains */
  constructor(network: DenoiserNetwork, { initSigma, transition }: TruncatedSettings) {
    super(network, { initSigma, boundary: 0 });
    this.transition = transition;
  }

  override get settings(): Record<string, unknown> {
    return describeGenerator(super.settings, { transition: this.transition });
  }

  /** From the noise level of the latents to t'. */
  override noiseLevels(count: number): number[] {
    const { initSigma, transition } = this;
    const levels = karrasSchedule(count, { sigmaMax: initSigma, sigmaMin: transition });
    return levels.map((level, i) => (i === 0 ? initSigma : i === count - 1 ? transition : level));
  }

  /** @throws RangeError naming a level below t' */
  override generateInSteps(
    z: tf.Tensor,
    levels: readonly number[],
    noise: readonly tf.Tensor4D[],
    labels?: tf.Tensor2D,
  ): tf.Tensor4D {
    const lowest = levels.at(-1)!;
    if (lowest < this.transition) {
      throw new RangeError(
        `This generator was trained at noise levels from ${this.transition}, and the levels end at ${lowest}: choose higher ones.`,
      );
    }
    return super.generateInSteps(z, levels, noise, labels);
  }

  override clone(): TruncatedGenerator {
    return new TruncatedGenerator(this.network.clone(), this);
  }
}
