import type { NumericType } from '../tensor-spec.js';

/** A value inside the ONNX graph. */
export interface GraphValue {
  name: string;
  dims: readonly number[];
  type: 'float32' | 'float64' | 'float16' | 'int32' | 'bool' | 'int64';
}

/**
 * A tfjs tensor during lowering. Its elements are available in one or more forms:
 * - `plain`: row-major order, with any dimensions of the right size;
 * - `blocked`: rank 4 only, onnxruntime's NCHWc layout, with the dimensions [N,C,H,W];
 * - `fill`: all elements are equal to that number.
 * Converting between forms only moves data, so a result never depends on the form.
 */
export interface LoweredTensor {
  shape: readonly number[];
  dtype: NumericType;
  plain?: GraphValue;
  blocked?: GraphValue;
  fill?: number;
  /**
   * A blocked convolution that has not been emitted yet. If its only use is the addition of a bias, the convolution itself adds
   * the bias. The result is the same: it is rounded after the sum of the products and after the bias in both cases.
   */
  deferred?: (bias: GraphValue | null) => GraphValue;
  /**
   * Computes the tensor again once `after` has been computed, so that it need not be kept for a backward pass. The result has
   * the same bits.
   */
  rematerialize?: (after: GraphValue) => LoweredTensor;
  /** Number of recorded operations that read it, plus one if it is an output. */
  uses?: number;
}

export const sizeOf = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);
