import type { Builder } from '../lower/builder.js';
import type { LoweredTensor } from '../lower/lowered-tensor.js';
import type { Attrs, TensorSpec } from '../tensor-spec.js';

/** How a tfjs kernel is recorded and lowered to ONNX nodes. */
export interface Kernel {
  name: string;
  /** Names of the inputs in order. A missing optional input is left out. Default: all inputs in tfjs's order. */
  inputs?: readonly string[];
  /** Names of optional inputs that follow. The attribute `given` lists the names of those that are passed. */
  optional?: readonly string[];
  /**
   * Infers the shapes and types of the outputs.
   *
   * @throws Error with a message for the caller, if the inputs do not match
   */
  infer(inputs: TensorSpec[], attrs: Attrs): TensorSpec | TensorSpec[];
  /**
   * Whether the inputs are state that changes from step to step. Uploads that are all 0 or all 1 are then not treated as
   * constants, because the first step of a training would otherwise be another graph than the following ones.
   */
  readsState?: boolean;
  /**
   * Checks the elements of inputs when the operation is recorded. Inputs that are not on the host are null; bad elements in
   * them fail when the operation runs.
   *
   * @throws Error if an element is invalid
   */
  check?(inputs: readonly TensorSpec[], attrs: Attrs, values: readonly (ArrayLike<number> | null)[]): void;
  /** If the result is a contiguous range of the first input in row-major order: its offset; else null. */
  rangeOffset?(input: readonly number[], attrs: Attrs, output: readonly number[]): number | null;
  /** Whether these inputs and attributes cannot be lowered, so that a CPU kernel has to run. */
  needsFallback?(inputs: TensorSpec[], attrs: Attrs): boolean;
  /** Emits the ONNX nodes. */
  lower(
    b: Builder,
    inputs: LoweredTensor[],
    attrs: Attrs,
    outputs: readonly TensorSpec[],
  ): LoweredTensor | LoweredTensor[];
}
