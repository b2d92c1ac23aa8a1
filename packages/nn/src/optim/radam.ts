import * as tf from '@tensorflow/tfjs-core';
import { adamUpdate, type AdamRates } from '../ops/adam-update.js';
import { nanToNum } from '../ops/nan-to-num.js';
import type { Parameter } from '../parameter.js';
import type { AdamOptions } from './adam.js';
import { MomentOptimizer, type UpdatedValues, type UpdatedVariables } from './moment-optimizer.js';

/**
 * Takes the place of 1 - beta2^t in a step that is not rectified: sqrt(v) divided by its root vanishes next to epsilon, so
 * that the denominator is epsilon, which the learning rate has as a factor. With the default epsilon, a gradient of 1e6 takes a
 * step that is 3e-7 of it too short.
 */
const WITHOUT_VARIANCE = 1e38;

/**
 * RAdam (Liu et al. 2020) with PyTorch's arithmetic, for a fixed list of named parameters.
 *
 * A step is one of Adam's with other factors, p - lr (m / correction1) / (sqrt(v / correction2) + epsilon), so that engines
 * run it in the same way.
 */
export class RAdam extends MomentOptimizer<AdamRates> {
  private readonly options: Required<AdamOptions>;

  /**
   * @param options those of Adam; `weightDecay` is added to the gradient, as L2 regularization, which is PyTorch's default
   * @throws RangeError if epsilon is not positive
   */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, infiniteGradient = 1e5, weightDecay = 0 } = options;
    if (!(epsilon > 0)) throw new RangeError(`RAdam takes an epsilon above 0, not ${epsilon}.`);
    this.options = { beta1, beta2, epsilon, infiniteGradient, weightDecay };
  }

  protected rates(learningRate: number, step: number): AdamRates {
    const { beta1, beta2, epsilon } = this.options;
    const correction1 = tf.scalar(1 - beta1 ** step);
    const rectification = rectificationOf(beta2, step);
    if (rectification === null) {
      return {
        learningRate: tf.scalar(learningRate * epsilon),
        correction1,
        correction2: tf.scalar(WITHOUT_VARIANCE),
      };
    }
    // PyTorch adds epsilon to sqrt(v), and corrects the bias afterwards.
    const rectified = learningRate * rectification * Math.sqrt(1 - beta2 ** step);
    return { learningRate: tf.scalar(rectified), correction1, correction2: tf.scalar(1) };
  }

  protected compute(variables: UpdatedVariables, rates: AdamRates): UpdatedValues {
    const { infiniteGradient, weightDecay } = this.options;
    const { parameters } = variables;
    const decayed = (g: tf.Tensor, i: number) =>
      tf.add(nanToNum(g, infiniteGradient), tf.mul(parameters[i]!, weightDecay));
    const grads = weightDecay === 0 ? variables.grads : variables.grads.map(decayed);
    return adamUpdate({ ...variables, grads, rates, ...this.options });
  }
}

/**
 * r_t of Liu et al. 2020: how far the variance of the adaptive rate is to be trusted after `step` steps.
 *
 * @returns null where it cannot be told yet (rho_t at most 5)
 */
export function rectificationOf(beta2: number, step: number): number | null {
  const largest = 2 / (1 - beta2) - 1;
  const power = beta2 ** step;
  const rho = largest - (2 * step * power) / (1 - power);
  if (rho <= 5) return null;
  return Math.sqrt(((rho - 4) * (rho - 2) * largest) / ((largest - 4) * (largest - 2) * rho));
}
