import * as tf from '@tensorflow/tfjs-core';
import { lossAndGrads, Parameter } from '../../src/index.js';
import { Rng } from '@onestep/random';

/** A tensor of standard normal numbers. */
export function normal<R extends tf.Rank>(shape: tf.ShapeMap[R], seed: number): tf.Tensor<R> {
  const size = (shape as number[]).reduce((a, b) => a * b, 1);
  return tf.tensor(new Rng(seed).normal(size), shape) as tf.Tensor<R>;
}

/**
 * Compares the gradients of sum(c f(...)) for a random c with central differences along random directions.
 *
 * @param f of the inputs
 * @returns the largest relative difference, over the inputs
 */
export function gradientError(f: (...inputs: tf.Tensor[]) => tf.Tensor, ...inputs: tf.Tensor[]): number {
  const cotangent = normal(tf.tidy(() => f(...inputs)).shape as [number], 100);
  const loss = (...values: tf.Tensor[]) => tf.sum(tf.mul(f(...values), cotangent)) as tf.Scalar;
  const parameters = inputs.map((input) => new Parameter(tf.clone(input)));
  const { grads } = lossAndGrads(
    () => ({ loss: loss(...parameters.map(({ variable }) => variable as tf.Tensor)), aux: {} }),
    parameters,
  );
  const errors = inputs.map((input, i) => {
    // Large enough for float32 differences, small enough for the curvature.
    const h = 1e-2;
    const direction = normal(input.shape as [number], 200 + i);
    const at = (step: number) =>
      loss(...inputs.map((other, j) => (i === j ? tf.add(other, tf.mul(direction, step)) : other))).dataSync()[0]!;
    const numeric = (at(h) - at(-h)) / (2 * h);
    const analytic = tf.sum(tf.mul(grads[i]!, direction)).dataSync()[0]!;
    const size = tf.norm(grads[i]!).dataSync()[0]!;
    return Math.abs(numeric - analytic) / Math.max(size, 1e-6);
  });
  return Math.max(...errors);
}
