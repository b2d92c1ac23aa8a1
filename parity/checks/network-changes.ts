import type * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { toFileLayout, type Module } from '@onestep/nn';
import type { Comparison } from '../check.js';
import { relativeError } from '../fixture-tensors.js';

/** Allowed relative errors of the trainings with a discriminator, from the README of their fixtures. */
export const ADVERSARIAL_TOLERANCES = {
  image: 2e-5,
  /** Of h, of bins, and of the gradient of distribution matching. */
  ratio: 3e-5,
  loss: 3e-5,
  /** A sum in which much cancels. */
  sidLoss: 1e-4,
  norm: 1e-4,
  gradient: 1e-4,
  tensorGradient: 1e-3,
  change: 2e-4,
  tensorChange: 1e-3,
} as const;

/** Allowed errors of gradients: of all of a network's together, and of each tensor's. */
const GRADIENT_LIMITS = { whole: ADVERSARIAL_TOLERANCES.gradient, each: ADVERSARIAL_TOLERANCES.tensorGradient };

/** The norm of all gradients of a network together. */
export async function globalNorm(grads: readonly tf.Tensor[]): Promise<number> {
  let sum = 0;
  for (const grad of grads) for (const value of await grad.data()) sum += value ** 2;
  return Math.sqrt(sum);
}

/**
 * Compares the gradients of a network: all of them together, and each tensor's.
 *
 * @param grads one per parameter, in their order
 * @param expected by the parameters' names
 * @param limits allowed errors; left out, those of the trainings with a discriminator
 */
export async function compareGradients(
  network: string,
  module: Module,
  grads: readonly tf.Tensor[],
  expected: StateDict,
  limits: { whole: number; each: number } = GRADIENT_LIMITS,
): Promise<Comparison[]> {
  const pairs: Pair[] = [];
  for (const [i, [name, { layout }]] of [...module.namedParameters()].entries()) {
    if (expected[name] === undefined) throw new Error(`The gradient of ${name} is missing.`);
    const grad = grads[i]!;
    const actual = toFileLayout((await grad.data()) as Float32Array, grad.shape, layout);
    pairs.push({ name, actual, expected: expected[name].data as Float32Array });
  }
  const what = `${network} gradient`;
  return comparePairs(pairs, { what, group: `${what}s, by tensor`, ...limits });
}

/**
 * Compares the change of a network's weights by training: of all of them together, and of each tensor. Tensors that training
 * leaves alone are compared by value.
 *
 * @param start the weights before training
 * @param rounding allowed in addition, as a share of a tensor's weights: where they hardly move, float32 is coarse
 */
export async function compareChanges(
  network: string,
  module: Module,
  start: StateDict,
  expected: StateDict,
  rounding = 0,
): Promise<Comparison[]> {
  const trained = await module.stateDict();
  const pairs = Object.keys(expected).map((name): Pair => {
    if (trained[name] === undefined || start[name] === undefined) throw new Error(`The weight ${name} is missing.`);
    // The gradient of a key bias is zero in exact arithmetic, and Adam turns its rounding noise into full steps.
    const isCompared = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
    const [before, after, wanted] = [start, trained, expected].map((dict) =>
      (dict[name]!.data as Float32Array).filter((_, i) => isCompared(i)),
    ) as [Float32Array, Float32Array, Float32Array];
    const moves = wanted.some((value, i) => value !== before[i]);
    const change = (values: Float32Array) => (moves ? values.map((value, i) => value - before[i]!) : values);
    const allowed = (rounding * norm(wanted)) / Math.max(norm(change(wanted)), 1e-30);
    return { name, actual: change(after), expected: change(wanted), allowed };
  });
  const { change, tensorChange } = ADVERSARIAL_TOLERANCES;
  const what = `${network} change`;
  return comparePairs(pairs, { what, group: `${what}s, by tensor`, whole: change, each: tensorChange });
}

const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));

interface Pair {
  name: string;
  actual: Float32Array;
  expected: Float32Array;
  /** Error that is allowed in addition; left out, none. */
  allowed?: number;
}

function comparePairs(
  pairs: readonly Pair[],
  { what, group, whole, each }: { what: string; group: string; whole: number; each: number },
): Comparison[] {
  const all = (side: 'actual' | 'expected') => pairs.flatMap((pair) => [...pair[side]]);
  return [
    { quantity: what, error: relativeError(all('actual'), all('expected')), tolerance: whole },
    ...pairs.map(({ name, actual, expected, allowed = 0 }) => ({
      quantity: `${what} of ${name}`,
      error: relativeError(actual, expected),
      tolerance: each + allowed,
      group,
    })),
  ];
}
