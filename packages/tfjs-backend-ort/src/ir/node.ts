import type { Kernel } from '../ops/kernel.js';
import type { Value } from './value.js';
import type { Attrs, NumericType, TensorSpec } from '../tensor-spec.js';

/** Everything about an operation but which tensors it reads: interned, so that recording one more is cheap. */
export interface NodeKind {
  id: number;
  kernel: Kernel;
  attrs: Attrs;
  inputShapes: readonly (readonly number[])[];
  inputTypes: readonly NumericType[];
  outputs: readonly TensorSpec[];
  /** The kernel returns an array, even of one. */
  several: boolean;
}

/** One recorded operation. */
export interface RecordedNode {
  kind: NodeKind;
  inputs: readonly Value[];
  outputs: readonly Value[];
  needed: boolean;
  /** Tensors that somebody held just before it was recorded. */
  held: number;
  /** Where it was called, if that is asked for. */
  calls: Error | null;
}

/** A kernel and its input shapes, for error messages; only the first few of an operation on many tensors. */
export function describe({ kernel, inputShapes, outputs }: NodeKind): string {
  // What has no inputs is told apart by what it makes.
  return nameWithShapes(kernel.name, inputShapes.length > 0 ? inputShapes : outputs.map(({ shape }) => shape));
}

function nameWithShapes(name: string, inputShapes: readonly (readonly number[])[]): string {
  const shapes = inputShapes.slice(0, 4).map((shape) => `[${shape.join()}]`);
  return `${name}${shapes.join('')}${inputShapes.length > 4 ? '...' : ''}`;
}

/** Calls `action`; an error that does not show the shapes of the operation gets its name and shapes. */
export function named<T>(kernel: string, inputs: readonly { shape: readonly number[] }[], action: () => T): T {
  try {
    return action();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (inputs.slice(0, 4).every(({ shape }) => message.includes(`[${shape.join()}]`))) throw error;
    const shapes = inputs.map(({ shape }) => shape);
    throw new Error(`${nameWithShapes(kernel, shapes)}: ${message}`, { cause: error });
  }
}
