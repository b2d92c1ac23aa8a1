import type { Variable } from '@tensorflow/tfjs-core';
import { dataOf, type NumericValue } from '../ir/value.js';
import type { Plan } from '../plan/plan.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** Draws new values of a tensor that a step uploads. */
export type Draw = () => TensorData;

/** The origin of an input of a step's graph. */
export type Source =
  | { from: 'input'; name: string }
  /** The current value of a variable. */
  | { from: 'variable'; variable: Variable }
  | { from: 'draw'; draw: Draw }
  /** A tensor that existed before the step and is not one of its inputs. */
  | { from: 'outside'; value: NumericValue }
  /** A copy of an upload of the step. */
  | { from: 'constant'; value: NumericValue };

/** The destination of a result of a step's graph. */
export type Target =
  { to: 'result'; name: string; dtype: NumericType; shape: readonly number[] } | { to: 'variable'; variable: Variable };

/** A recorded step: its compiled graph, and what to connect to it when it runs again. */
export interface Recording {
  plan: Plan;
  sources: readonly (Source & { fill: 0 | 1 | null })[];
  targets: readonly Target[];
}

/** Whether two recordings of a step are the same, up to the values of inputs, variables and draws. */
export function isSameRecording(a: Recording, b: Recording): boolean {
  return (
    a.plan === b.plan &&
    a.sources.every((source, i) => isSameSource(source, b.sources[i]!)) &&
    a.targets.every((target, i) => isSameTarget(target, b.targets[i]!))
  );
}

function isSameSource(a: Source, b: Source): boolean {
  if (a.from === 'input') return b.from === 'input' && a.name === b.name;
  if (a.from === 'variable') return b.from === 'variable' && a.variable === b.variable;
  if (a.from === 'outside') return b.from === 'outside' && a.value === b.value;
  if (a.from === 'draw') return b.from === 'draw';
  return b.from === 'constant' && isSameData(dataOf(a.value), dataOf(b.value));
}

function isSameData(a: TensorData | null, b: TensorData | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function isSameTarget(a: Target, b: Target): boolean {
  if (a.to === 'variable') return b.to === 'variable' && a.variable === b.variable;
  return b.to === 'result' && a.name === b.name;
}
