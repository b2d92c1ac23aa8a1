import { NumpyArray } from './numpy-values.js';
import { PythonObject, type PythonValue } from './python-values.js';

/** A tensor whose elements cannot be read here, such as one of complex numbers. It matters only where it is needed. */
export class UndecodedTensor extends PythonObject {
  /** @param what it is, in words: `a tensor of torch.ComplexFloatStorage` */
  constructor(readonly what: string) {
    super('torch.Tensor');
  }
}

/** Says what a tensor or an array is whose elements cannot be read; undefined for any other value. */
export function describeUndecoded(value: PythonValue | undefined): string | undefined {
  if (value instanceof UndecodedTensor) return `${value.what}, which is not supported`;
  return value instanceof NumpyArray ? value.problem : undefined;
}
