import type { NumericType } from '../tensor-spec.js';

/** A value inside the ONNX graph: its name and the dimensions it has there. */
export interface GraphValue {
  name: string;
  dims: readonly number[];
  type: 'float32' | 'float64' | 'int32' | 'bool' | 'int64';
}

/**
 * A tfjs tensor while it is being lowered. Its elements are available in one or more forms:
 * - `plain`: row-major order, with any dimensions of the right size;
 * - `blocked`: rank 4 only, onnxruntime's NCHWc layout, with the dimensions [N,C,H,W];
 * - `fill`: all elements equal to that number.
 * Converting between forms only moves data, so a result never depends on the form that was at hand.
 */
export interface LoweredTensor {
  shape: readonly number[];
  dtype: NumericType;
  plain?: GraphValue;
  blocked?: GraphValue;
  fill?: number;
  /**
   * A blocked convolution not emitted yet: a bias added next to it, and to nothing else, is added by the convolution
   * itself. It rounds after adding up the products and again after the bias either way, so the result is the same.
   */
  deferred?: (bias: GraphValue | null) => GraphValue;
  /**
   * Computes it a second time, as soon as `after` is there: for a backward pass that would otherwise hold on to it.
   * The bits are the same.
   */
  again?: (after: GraphValue) => LoweredTensor;
  /** How many recorded operations read it, and one more if it is an output. */
  uses?: number;
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
