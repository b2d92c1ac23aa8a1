import { ByteRange, memorySource } from '../bytes/byte-range.js';
import { arrayFromBytes, bytesPerElement, type Dtype, type HostArray } from '../dtype.js';
import type { HostTensor } from '../host-tensor.js';
import { isTuple, pythonFloat, type PythonValue } from './python-values.js';

const DTYPES_BY_CODE: Record<string, Dtype> = {
  f8: 'F64',
  f4: 'F32',
  f2: 'F16',
  i8: 'I64',
  i4: 'I32',
  i2: 'I16',
  i1: 'I8',
  u8: 'U64',
  u4: 'U32',
  u2: 'U16',
  u1: 'U8',
  b1: 'BOOL',
};

/** `numpy.dtype`, of the types that tensors can have. */
export class NumpyDtype {
  constructor(readonly dtype: Dtype) {}

  /**
   * @param code such as `f8` or `<f4`
   * @returns undefined if the type is not supported
   */
  static of(code: PythonValue | undefined): NumpyDtype | undefined {
    const dtype = typeof code === 'string' ? DTYPES_BY_CODE[code.replace(/^[<|=]/, '')] : undefined;
    return dtype === undefined ? undefined : new NumpyDtype(dtype);
  }
}

/**
 * `numpy.ndarray` of a pickle. Its contents are read from the file on every access.
 *
 * @internal
 */
export class NumpyArray implements HostTensor {
  shape: number[] = [0];
  private contents: { dtype: Dtype; bytes: ByteRange } | null = null;

  get dtype(): Dtype {
    return this.contents?.dtype ?? 'F32';
  }

  get data(): HostArray {
    return arrayFromBytes(this.dtype, this.contents?.bytes.bytes() ?? new Uint8Array(0));
  }

  /**
   * Sets the contents, which a pickle gives after the array.
   *
   * @param state (version, shape, dtype, Fortran order, bytes)
   * @returns what is wrong with it, if anything
   */
  setState(state: PythonValue): string | undefined {
    if (!isTuple(state) || state.length !== 5) return 'a NumPy array without contents';
    const [, shape, dtype, fortranOrder, contents] = state;
    const bytes = typeof contents === 'string' ? encodePython2Bytes(contents) : contents;
    if (!isTuple(shape) || !shape.every((n) => Number.isSafeInteger(n) && (n as number) >= 0))
      return 'a NumPy array without a valid shape';
    if (!(dtype instanceof NumpyDtype) || !(bytes instanceof ByteRange)) return 'a NumPy array of unknown elements';
    if (fortranOrder !== false && shape.length > 1) return 'a NumPy array in Fortran order';
    const size = (shape as number[]).reduce((a, b) => a * b, bytesPerElement(dtype.dtype));
    if (size !== bytes.length) return `a NumPy array of shape [${shape}] with ${bytes.length} bytes`;
    this.shape = [...(shape as number[])];
    this.contents = { dtype: dtype.dtype, bytes };
    return undefined;
  }
}

/** Python 2 writes bytes as strings, which are read as one character per byte. */
function encodePython2Bytes(text: string): ByteRange {
  return new ByteRange(
    memorySource(
      Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
      'a string of Python 2',
    ),
  );
}

/** A NumPy scalar as a plain number; undefined if the bytes do not belong to one. */
export function numpyScalar(dtype: PythonValue | undefined, bytes: PythonValue | undefined): PythonValue | undefined {
  if (!(dtype instanceof NumpyDtype) || !(bytes instanceof ByteRange)) return undefined;
  if (bytes.length !== bytesPerElement(dtype.dtype)) return undefined;
  const value = arrayFromBytes(dtype.dtype, bytes.bytes())[0]!;
  if (dtype.dtype === 'BOOL') return value !== 0;
  if (dtype.dtype === 'F64' || dtype.dtype === 'F32') return pythonFloat(value as number);
  if (dtype.dtype === 'F16') return undefined;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
