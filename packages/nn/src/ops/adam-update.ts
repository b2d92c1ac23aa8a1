import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';
import { nanToNum } from './nan-to-num.js';

/** The factors of an Adam step that change from step to step, as tensors: see {@link Adam.nextRates}. */
export type AdamRates = {
  learningRate: tf.Scalar;
  /** 1 - beta1^t */
  correction1: tf.Scalar;
  /** 1 - beta2^t */
  correction2: tf.Scalar;
  /** 1 - learningRate * weightDecay, where there is weight decay */
  decay?: tf.Scalar;
};

/** Arguments of {@link adamUpdate}; the four lists run in parallel. */
export interface AdamUpdateArgs {
  parameters: readonly tf.Tensor[];
  grads: readonly tf.Tensor[];
  firstMoments: readonly tf.Tensor[];
  secondMoments: readonly tf.Tensor[];
  rates: AdamRates;
  beta1: number;
  beta2: number;
  epsilon: number;
  infiniteGradient: number;
}

/** New values after one Adam step. */
export interface AdamUpdateResult {
  parameters: tf.Tensor[];
  firstMoments: tf.Tensor[];
  secondMoments: tf.Tensor[];
}

/**
 * One Adam step (Algorithm 1, Kingma & Ba 2015, in PyTorch's order of operations) over all parameters at
 * once. NaN in gradients counts as 0, and infinities as +-infiniteGradient. An engine may overwrite variables
 * with their new values; assign the results to them.
 */
export function adamUpdate(args: AdamUpdateArgs): AdamUpdateResult {
  const { parameters, grads, firstMoments, secondMoments, beta1, beta2, epsilon, infiniteGradient: bound } = args;
  const count = parameters.length;
  return tf.tidy(() => {
    const { learningRate: lr, correction1, correction2 } = args.rates;
    const inputs: tf.NamedTensorMap = { lr, correction1, correction2 };
    for (let i = 0; i < count; i++) {
      inputs[`p${i}`] = parameters[i]!;
      inputs[`g${i}`] = grads[i]!;
      inputs[`m${i}`] = firstMoments[i]!;
      inputs[`v${i}`] = secondMoments[i]!;
    }
    const results = runKernelOr('AdamUpdate', inputs, { count, beta1, beta2, epsilon, bound }, () => {
      const p: tf.Tensor[] = [];
      const m: tf.Tensor[] = [];
      const v: tf.Tensor[] = [];
      for (let i = 0; i < count; i++) {
        const g = nanToNum(grads[i]!, bound);
        m[i] = tf.add(tf.mul(firstMoments[i]!, beta1), tf.mul(g, 1 - beta1));
        v[i] = tf.add(tf.mul(secondMoments[i]!, beta2), tf.mul(tf.square(g), 1 - beta2));
        const denominator = tf.add(tf.sqrt(tf.div(v[i]!, correction2)), epsilon);
        p[i] = tf.sub(parameters[i]!, tf.mul(tf.div(tf.div(m[i]!, correction1), denominator), lr));
      }
      return [...p, ...m, ...v];
    });
    return {
      parameters: results.slice(0, count),
      firstMoments: results.slice(count, 2 * count),
      secondMoments: results.slice(2 * count),
    };
  });
}
