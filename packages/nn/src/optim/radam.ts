import * as tf from '@tensorflow/tfjs-core';
import { nanToNum } from '../ops/nan-to-num.js';
import type { Parameter } from '../parameter.js';
import type { AdamOptions } from './adam.js';
import { MomentOptimizer, type UpdatedValues, type UpdatedVariables } from './moment-optimizer.js';

/** The factors of a RAdam step that change from step to step, as tensors. */
export type RAdamRates = {
  /** Factor of m / (sqrt(v) + epsilon); 0 in the first steps, which are not rectified. */
  rectified: tf.Scalar;
  /** Factor of m; 0 in rectified steps. */
  plain: tf.Scalar;
};

/** RAdam (Liu et al. 2020) with PyTorch's arithmetic, for a fixed list of named parameters. */
export class RAdam extends MomentOptimizer<RAdamRates> {
  private readonly options: Required<AdamOptions>;

  /** @param options those of Adam; `weightDecay` is added to the gradient, as L2 regularization, which is PyTorch's default */
  constructor(parameters: ReadonlyMap<string, Parameter>, options: AdamOptions = {}) {
    super(parameters);
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, infiniteGradient = 1e5, weightDecay = 0 } = options;
    this.options = { beta1, beta2, epsilon, infiniteGradient, weightDecay };
  }

  protected rates(learningRate: number, step: number): RAdamRates {
    const { beta1, beta2 } = this.options;
    const corrected = learningRate / (1 - beta1 ** step);
    const rectification = rectificationOf(beta2, step);
    if (rectification === null) return { rectified: tf.scalar(0), plain: tf.scalar(corrected) };
    return { rectified: tf.scalar(corrected * rectification * Math.sqrt(1 - beta2 ** step)), plain: tf.scalar(0) };
  }

  protected compute(variables: UpdatedVariables, { rectified, plain }: RAdamRates): UpdatedValues {
    const { beta1, beta2, epsilon, infiniteGradient, weightDecay } = this.options;
    const firstMoments: tf.Tensor[] = [];
    const secondMoments: tf.Tensor[] = [];
    const parameters = variables.parameters.map((parameter, i) => {
      const own = nanToNum(variables.grads[i]!, infiniteGradient);
      const g = weightDecay === 0 ? own : tf.add(own, tf.mul(parameter, weightDecay));
      const m = tf.add(tf.mul(variables.firstMoments[i]!, beta1), tf.mul(g, 1 - beta1));
      const v = tf.add(tf.mul(variables.secondMoments[i]!, beta2), tf.mul(tf.square(g), 1 - beta2));
      firstMoments.push(m);
      secondMoments.push(v);
      const factor = tf.add(tf.div(rectified, tf.add(tf.sqrt(v), epsilon)), plain);
      return tf.sub(parameter, tf.mul(m, factor));
    });
    return { parameters, firstMoments, secondMoments };
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
