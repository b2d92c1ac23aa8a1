import type { NumericType } from '../ir/value.js';
import type { Builder } from '../lower/builder.js';
import type { Logical } from '../lower/logical.js';

/** A kernel's attributes, as tfjs passes them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Attrs = Record<string, any>;

export interface OutputSpec {
  shape: readonly number[];
  dtype: NumericType;
}
export interface InputSpec {
  shape: readonly number[];
  dtype: NumericType;
}

/** One row of the kernel table: how a tfjs kernel is recorded and how it becomes ONNX nodes. */
export interface Kernel {
  name: string;
  /** Names of the inputs in order; missing optional ones are left out. Without it: all inputs in tfjs's order. */
  inputs?: readonly string[];
  /** Names of inputs after those that may be missing; the attribute `given` lists the names of those that are there. */
  optional?: readonly string[];
  /** Shapes and types of the outputs. Throws with a message for the caller where the inputs do not fit. */
  infer(inputs: InputSpec[], attrs: Attrs): OutputSpec | OutputSpec[];
  /**
   * Its inputs are state that changes from step to step: never treat uploads of all 0 or 1 as constants, or the first
   * step of a training would be another graph than the rest.
   */
  fed?: boolean;
  /**
   * Refuses bad values of inputs that are on the host when the operation is recorded; null stands for those that are
   * not (what it misses fails when the operation runs).
   */
  check?(inputs: readonly InputSpec[], attrs: Attrs, values: readonly (ArrayLike<number> | null)[]): void;
  /** Where its result is one stretch of its first input, in row-major order: the offset of that; else null. */
  part?(input: readonly number[], attrs: Attrs, output: readonly number[]): number | null;
  /** True where this combination cannot be lowered and a CPU kernel has to do it. */
  unsupported?(inputs: InputSpec[], attrs: Attrs): boolean;
  lower(b: Builder, inputs: Logical[], attrs: Attrs, outputs: readonly OutputSpec[]): Logical | Logical[];
}

const table = new Map<string, Kernel>();

/** Adds rows to the kernel table. */
export function defineKernels(...kernels: Kernel[]): void {
  for (const kernel of kernels) table.set(kernel.name, kernel);
}

/** All rows of the kernel table. */
export function kernelTable(): ReadonlyMap<string, Kernel> {
  return table;
}
