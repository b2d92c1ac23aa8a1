import type { NetworkCost } from '@onestep/diffusion-core';

/**
 * Multiplications of a convolution that take the time of what else is done for an activation: scaling, noise, filters, leaky ReLU.
 * Measured; see "Memory and time told beforehand" in the README of this package.
 */
const MULTIPLICATIONS_OF_AN_ACTIVATION = 117;

/**
 * Counts the elementwise work of a network as multiplications. Its layers are narrow where images are large, so that convolutions do
 * not decide alone how long it takes.
 */
export function withElementwise(cost: NetworkCost): NetworkCost {
  const multiplications = cost.multiplications + MULTIPLICATIONS_OF_AN_ACTIVATION * cost.activations;
  return { ...cost, multiplications };
}
