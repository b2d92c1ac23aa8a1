import type * as tf from '@tensorflow/tfjs-core';
import { toFileLayout, type Parameter } from '@onestep/nn';
import type { HostTensor, StateDict } from '@onestep/checkpoint';
import type { Comparison } from '../check.js';
import { relativeError } from '../fixture-tensors.js';

/** Allowed relative errors of StyleGAN2's networks, from the README of the fixtures. */
export const STYLEGAN2_TOLERANCES = {
  output: 1e-5,
  /** Of all gradients of a network together. */
  gradients: 5e-5,
  /** Of one tensor's gradient. */
  tensorGradient: 2e-4,
} as const;

/** Gradients of less than this share of the whole are compared as parts of it. */
const NEGLIGIBLE = 1e-6;

/**
 * Compares the gradients of named parameters with those of a fixture, one by one and as a whole.
 *
 * @param what such as `R1 gradient`
 * @param expected gradients by the parameter's name, in file layout
 */
export async function compareGradients(
  what: string,
  parameters: ReadonlyMap<string, Parameter>,
  grads: readonly tf.Tensor[],
  expected: StateDict,
): Promise<Comparison[]> {
  const pairs: { name: string; actual: Float32Array; value: Float32Array }[] = [];
  for (const [i, [name, { layout }]] of [...parameters].entries()) {
    const value = expected[name] as HostTensor | undefined;
    if (value === undefined) throw new Error(`The file has no ${what} of ${name}.`);
    const actual = toFileLayout((await grads[i]!.data()) as Float32Array, grads[i]!.shape, layout);
    pairs.push({ name, actual, value: value.data as Float32Array });
  }
  const whole = relativeError(
    pairs.flatMap(({ actual }) => [...actual]),
    pairs.flatMap(({ value }) => [...value]),
  );
  const norm = Math.hypot(...pairs.map(({ value }) => Math.hypot(...value)));
  const tensors = pairs.map(({ name, actual, value }) => ({
    quantity: `${what} of ${name}`,
    error: relativeError(actual, value) * Math.min(1, Math.hypot(...value) / (NEGLIGIBLE * norm)),
    tolerance: STYLEGAN2_TOLERANCES.tensorGradient,
    group: `${what}s`,
  }));
  return [{ quantity: `${what}, whole network`, error: whole, tolerance: STYLEGAN2_TOLERANCES.gradients }, ...tensors];
}
