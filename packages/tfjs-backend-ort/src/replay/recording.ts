import type { Variable } from '@tensorflow/tfjs-core';
import type { NumericValue } from '../ir/value.js';
import type { Plan } from '../plan/plan.js';
import type { TensorData } from '../runtime/binding.js';
import type { NumericType } from '../tensor-spec.js';

/** Makes the values of a tensor that a step uploads, anew every time. */
export type Draw = () => TensorData;

/** Where an input of a step's graph comes from. */
export type Source =
  | { from: 'input'; name: string }
  /** Its value at the time. */
  | { from: 'variable'; variable: Variable }
  | { from: 'draw'; draw: Draw }
  /** A tensor that was there before the step and is not one of its inputs. */
  | { from: 'outside'; value: NumericValue }
  /** An upload of the step itself: a copy of it. */
  | { from: 'constant'; value: NumericValue };

/** What becomes of a result of a step's graph. */
export type Target =
  { to: 'result'; name: string; dtype: NumericType; shape: readonly number[] } | { to: 'variable'; variable: Variable };

/** A step that was recorded: the graph it is, and what to connect that with when it runs again. */
export interface Recording {
  plan: Plan;
  sources: readonly (Source & { fill: NumericValue['fill'] })[];
  targets: readonly Target[];
}

/** Whether two recordings of a step differ in nothing but values that are theirs to differ in. */
export function sameRecording(a: Recording, b: Recording): boolean {
  return (
    a.plan === b.plan &&
    a.sources.every((source, i) => sameSource(source, b.sources[i]!)) &&
    a.targets.every((target, i) => sameTarget(target, b.targets[i]!))
  );
}

function sameSource(a: Source, b: Source): boolean {
  if (a.from === 'input') return b.from === 'input' && a.name === b.name;
  if (a.from === 'variable') return b.from === 'variable' && a.variable === b.variable;
  if (a.from === 'outside') return b.from === 'outside' && a.value === b.value;
  if (a.from === 'draw') return b.from === 'draw';
  return b.from === 'constant' && sameData(a.value.data, b.value.data);
}

function sameData(a: TensorData | null, b: TensorData | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
}

function sameTarget(a: Target, b: Target): boolean {
  if (a.to === 'variable') return b.to === 'variable' && a.variable === b.variable;
  return b.to === 'result' && a.name === b.name;
}
