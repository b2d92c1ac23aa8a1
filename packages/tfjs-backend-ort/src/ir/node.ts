import type { Kernel, OutputSpec, Attrs } from '../kernels/kernel.js';
import type { Value } from './value.js';

/** Everything about an operation but which tensors it reads: interned, so that recording one more is cheap. */
export interface NodeKind {
  id: number;
  kernel: Kernel;
  attrs: Attrs;
  inputShapes: readonly (readonly number[])[];
  inputTypes: readonly string[];
  outputs: readonly OutputSpec[];
  /** The kernel returns an array, even of one. */
  several: boolean;
}

/** One recorded operation. */
export interface RecordedNode {
  kind: NodeKind;
  inputs: readonly Value[];
  outputs: readonly Value[];
  needed: boolean;
}

/** A kernel and its input shapes, for error messages; only the first few of an operation on many tensors. */
export function describe({ kernel, inputShapes }: NodeKind): string {
  const shapes = inputShapes.slice(0, 4).map((shape) => `[${shape.join()}]`);
  return `${kernel.name}${shapes.join('')}${inputShapes.length > 4 ? '...' : ''}`;
}
