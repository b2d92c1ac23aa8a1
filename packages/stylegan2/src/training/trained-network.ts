import { Adam, type AdamRates, type Parameter } from '@onestep/nn';
import type { GanTrainingOptions } from './gan-training-options.js';
import { lazyAdam } from './phases.js';

/** The parameters of a network that are trained, and what trains them: one Adam for the loss and the regularization. */
export class TrainedNetwork {
  readonly parameters: readonly Parameter[];
  readonly adam: Adam;
  private readonly learningRate: number;

  /** @param args `interval` is that of the network's regularization; null where that is a part of each step */
  constructor(
    parameters: ReadonlyMap<string, Parameter>,
    { rate, interval, options }: { rate: number; interval: number | null; options: GanTrainingOptions },
  ) {
    const { learningRate, ...betas } = lazyAdam(rate, interval, options);
    this.parameters = [...parameters.values()];
    this.adam = new Adam(parameters, { ...betas, epsilon: 1e-8 });
    this.learningRate = learningRate;
  }

  /** What the next step of the optimizer takes. */
  nextRates(): AdamRates {
    return this.adam.nextRates(this.learningRate);
  }
}
