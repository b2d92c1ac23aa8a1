import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '@onestep/random';

/** Distributions of initial weights: Glorot & Bengio 2010 (xavier), He et al. 2015 (kaiming). */
export type InitMode = 'xavier_uniform' | 'xavier_normal' | 'kaiming_uniform' | 'kaiming_normal';

/** Initialization of a layer's parameters. */
export interface Initialization {
  mode: InitMode;
  /** Factor on the weights. */
  weight: number;
  /** Factor on the biases, which are drawn from the same distribution; 0 starts them at zero. */
  bias: number;
}

/** Default of the layers. */
export const DEFAULT_INIT: Initialization = { mode: 'kaiming_normal', weight: 1, bias: 0 };

/** Default of PyTorch's `Linear` and `Conv2d`: weights and biases uniform within 1 / sqrt(fan-in). */
export const TORCH_INIT: Initialization = {
  mode: 'kaiming_uniform',
  weight: Math.sqrt(1 / 3),
  bias: Math.sqrt(1 / 3),
};

/**
 * Draws initial values.
 *
 * @param rng source of the values; null for zeros, if the values are going to be loaded
 * @param shape of the result
 * @param fans fan-in and fan-out of the layer
 * @param gain factor on the values
 */
export function drawInitialValues(
  rng: Rng | null,
  shape: number[],
  mode: InitMode,
  fans: { fanIn: number; fanOut: number },
  gain: number,
): tf.Tensor {
  if (rng === null || gain === 0) return tf.zeros(shape);
  const size = shape.reduce((a, b) => a * b, 1);
  const scale = gain * initialScale(mode, fans);
  const values = mode.endsWith('uniform') ? new Float32Array(rng.uniform(size, -1, 1)) : rng.normal(size);
  for (let i = 0; i < size; i++) values[i]! *= scale;
  return tf.tensor(values, shape);
}

/** Half-width of the uniform distributions, standard deviation of the normal ones. */
function initialScale(mode: InitMode, { fanIn, fanOut }: { fanIn: number; fanOut: number }): number {
  switch (mode) {
    case 'xavier_uniform':
      return Math.sqrt(6 / (fanIn + fanOut));
    case 'xavier_normal':
      return Math.sqrt(2 / (fanIn + fanOut));
    case 'kaiming_uniform':
      return Math.sqrt(3 / fanIn);
    case 'kaiming_normal':
      return Math.sqrt(1 / fanIn);
  }
}
