/** The element types that graphs compute with. Strings and complex numbers stay with the CPU kernels. */
export type NumericType = 'float32' | 'int32' | 'bool';

/** Shape and element type of an operand or a result. */
export interface TensorSpec {
  shape: readonly number[];
  dtype: NumericType;
}

/** Attributes of a kernel, as tfjs passes them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Attrs = Record<string, any>;
