import type { Module } from '@onestep/nn';
import type { DenoiserNetwork } from '../denoiser.js';
import type { TrainableGenerator } from '../generator.js';
import { DenoiserGenerator } from './denoiser-generator.js';
import { describeGenerator } from './generator-file.js';

/** A trainable one-step generator made of a denoising network, such as a student copied from its teacher. */
export class NetworkGenerator extends DenoiserGenerator implements TrainableGenerator {
  readonly network: DenoiserNetwork;

  /**
   * @param network the generator owns it and trains it
   * @param initSigma noise level of its input
   */
  constructor(network: DenoiserNetwork, initSigma: number) {
    super(network, initSigma);
    this.network = network;
  }

  get module(): Module {
    return this.network.module;
  }

  get settings(): Record<string, unknown> {
    return describeGenerator(this.network.settings, { initSigma: this.initSigma });
  }

  clone(): NetworkGenerator {
    return new NetworkGenerator(this.network.clone(), this.initSigma);
  }
}
