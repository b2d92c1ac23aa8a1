import type { Kernel } from '../ops/kernel.js';
import type { Attrs, NumericType, TensorSpec } from '../tensor-spec.js';
import type { Value } from './value.js';

/** Everything about an operation except the tensors it reads. Kinds are interned, so that recording one more is cheap. */
export interface NodeKind {
  id: number;
  kernel: Kernel;
  attrs: Attrs;
  inputShapes: readonly (readonly number[])[];
  inputTypes: readonly NumericType[];
  outputs: readonly TensorSpec[];
  /** Whether the kernel returns an array, even of one tensor. */
  returnsArray: boolean;
}

/** One recorded operation. */
export interface RecordedNode {
  kind: NodeKind;
  inputs: readonly Value[];
  outputs: readonly Value[];
  /** Whether the graph being built needs it. */
  isNeeded: boolean;
  /** Number of values that tensors held just before it was recorded. */
  heldValues: number;
  /** Its call stack, if stacks are recorded. */
  stack: Error | null;
}

/** A kernel and its input shapes, for error messages. Of an operation on many tensors only the first few are listed. */
export function describe({ kernel, inputShapes, outputs }: NodeKind): string {
  // Operations without inputs differ in their outputs.
  return nameWithShapes(kernel.name, inputShapes.length > 0 ? inputShapes : outputs.map(({ shape }) => shape));
}

function nameWithShapes(name: string, inputShapes: readonly (readonly number[])[]): string {
  const shapes = inputShapes.slice(0, 4).map((shape) => `[${shape.join()}]`);
  return `${name}${shapes.join('')}${inputShapes.length > 4 ? '...' : ''}`;
}

/** Calls `action` and adds the kernel's name and input shapes to its error, if the message does not contain the shapes. */
export function withShapes<T>(kernel: string, inputs: readonly { shape: readonly number[] }[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (inputs.slice(0, 4).every(({ shape }) => message.includes(`[${shape.join()}]`))) throw error;
    const shapes = inputs.map(({ shape }) => shape);
    throw new Error(`${nameWithShapes(kernel, shapes)}: ${message}`, { cause: error });
  }
}
