import type * as tf from '@tensorflow/tfjs-core';
import { compileStep, type Module, type Step } from '@onestep/nn';

/** The compiled evaluations of each denoiser or generator, by what they do. */
const compiled = new WeakMap<object, Map<string, unknown>>();

/**
 * An evaluation of a denoiser or generator that engines replay where they can. Only a network in evaluation mode is replayed: what it
 * makes depends on its settings, its weights and the inputs alone, where dropout in training mode draws masks.
 *
 * @param name tells the evaluations of one object apart
 * @param evaluate the same for the same object and name
 */
export function compiledEvaluation<I extends object, O extends tf.NamedTensorMap>(
  evaluated: { readonly module?: Module },
  name: string,
  evaluate: Step<I, O>,
): Step<I, O> {
  if (evaluated.module === undefined || evaluated.module.training) return evaluate;
  const byName = compiled.get(evaluated) ?? new Map<string, unknown>();
  compiled.set(evaluated, byName);
  const run = (byName.get(name) as Step<I, O> | undefined) ?? compileStep(evaluate);
  byName.set(name, run);
  return run;
}
