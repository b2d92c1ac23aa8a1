import type { Builder } from '../lower/builder.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';

/** One row of the kernel table: how a tfjs kernel is recorded and how it becomes ONNX nodes. */
export interface Kernel {
  name: string;
  /** Names of the inputs in order; missing optional ones are left out. Without it: all inputs in tfjs's order. */
  inputs?: readonly string[];
  /** Names of inputs after those that may be missing; the attribute `given` lists the names of those that are there. */
  optional?: readonly string[];
  /** Shapes and types of the outputs. Throws with a message for the caller where the inputs do not fit. */
  infer(inputs: TensorSpec[], attrs: Attrs): TensorSpec | TensorSpec[];
  /**
   * Its inputs are state that changes from step to step: never treat uploads of all 0 or 1 as constants, or the first
   * step of a training would be another graph than the rest.
   */
  fed?: boolean;
  /**
   * Refuses bad values of inputs that are on the host when the operation is recorded; null stands for those that are
   * not (what it misses fails when the operation runs).
   */
  check?(inputs: readonly TensorSpec[], attrs: Attrs, values: readonly (ArrayLike<number> | null)[]): void;
  /** Where its result is one stretch of its first input, in row-major order: the offset of that; else null. */
  part?(input: readonly number[], attrs: Attrs, output: readonly number[]): number | null;
  /** True where this combination cannot be lowered and a CPU kernel has to do it. */
  unsupported?(inputs: TensorSpec[], attrs: Attrs): boolean;
  lower(
    b: Builder,
    inputs: LoweredTensor[],
    attrs: Attrs,
    outputs: readonly TensorSpec[],
  ): LoweredTensor | LoweredTensor[];
}
