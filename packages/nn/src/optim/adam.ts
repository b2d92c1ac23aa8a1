import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate, type AdamRates } from '../ops/adam-update.js';
import type { Parameter } from '../parameter.js';
import { MomentOptimizer, type UpdatedValues, type UpdatedVariables } from './moment-optimizer.js';

/** Settings of {@link Adam}. The defaults are PyTorch's. */
export interface AdamOptions {
  /** Decay of the first moments. Default 0.9. */
  beta1?: number;
  /** Decay of the second moments. Default 0.999. */
  beta2?: number;
  /** Added to the denominator. Default 1e-8. */
  epsilon?: number;
  /**
   * Value of infinite gradients, with their sign. Finite ones are used as they are; NaN counts as 0. Default
   * 1e5.
   */
  infiniteGradient?: number;
  /**
   * Decoupled weight decay (AdamW, Loshchilov & Hutter 2019): each step first shrinks the parameters by learningRate times this.
   * Default 0.
   */
  weightDecay?: number;
}

/** Adam (Kingma & Ba 2015) and AdamW with PyTorch's arithmetic, for a fixed list of named parameters. */
export class Adam extends MomentOptimizer<AdamRates> {
  private readonly options: Required<AdamOptions>;

  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters);
    // Not spread over the defaults, which an option of undefined would replace.
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, infiniteGradient = 1e5, weightDecay = 0 } = options;
    this.options = { beta1, beta2, epsilon, infiniteGradient, weightDecay };
  }

  protected rates(learningRate: number, step: number): AdamRates {
    const { beta1, beta2, weightDecay } = this.options;
    return {
      learningRate: tf.scalar(learningRate),
      correction1: tf.scalar(1 - beta1 ** step),
      correction2: tf.scalar(1 - beta2 ** step),
      ...(weightDecay !== 0 && { decay: tf.scalar(1 - learningRate * weightDecay) }),
    };
  }

  protected compute({ parameters, ...rest }: UpdatedVariables, rates: AdamRates): UpdatedValues {
    const { decay } = rates;
    // PyTorch's order: the decay before Adam's step.
    const decayed = decay === undefined ? parameters : parameters.map((p) => tf.mul(p, decay));
    return adamUpdate({ parameters: decayed, ...rest, rates, ...this.options });
  }
}
