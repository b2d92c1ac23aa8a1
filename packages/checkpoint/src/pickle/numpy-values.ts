import { ByteRange, memorySource } from '../bytes/byte-range.js';
import { CheckpointError } from '../checkpoint-error.js';
import { arrayFromBytes, bytesPerElement, fromFloat16, type Dtype, type HostArray } from '../dtype.js';
import type { HostTensor } from '../host-tensor.js';
import { fromFortranOrder } from '../strided.js';
import { isTuple, PythonObject, pythonFloat, type PythonValue } from './python-values.js';

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
  /** Whether the bytes of a number are stored from the highest to the lowest. */
  isBigEndian = false;

  constructor(readonly dtype: Dtype) {}

  /**
   * @param code such as `f8`, `<f4` or `>f4`
   * @returns undefined if the type is not supported
   */
  static of(code: PythonValue | undefined): NumpyDtype | undefined {
    const dtype = typeof code === 'string' ? DTYPES_BY_CODE[code.replace(/^[<>|=]/, '')] : undefined;
    if (dtype === undefined) return undefined;
    const type = new NumpyDtype(dtype);
    type.isBigEndian = (code as string).startsWith('>');
    return type;
  }

  /** Sets what a pickle gives after the type: (version, byte order, ...). */
  setState(state: PythonValue): void {
    if (isTuple(state) && typeof state[1] === 'string') this.isBigEndian = state[1] === '>';
  }
}

/** Where the elements of an array are, and how they are to be read. */
interface ArrayContents {
  type: NumpyDtype;
  bytes: ByteRange;
  /** Whether the first axis runs fastest. */
  isFortran: boolean;
}

/**
 * `numpy.ndarray` of a pickle. Its contents are read from the file on every access.
 *
 * @internal
 */
export class NumpyArray implements HostTensor {
  shape: number[] = [0];
  /** Why the elements cannot be read; undefined if they can. */
  problem: string | undefined;
  private contents: ArrayContents | null = null;

  /** @param source the file's name, for messages */
  constructor(private readonly source: string) {}

  get dtype(): Dtype {
    return this.contents?.type.dtype ?? 'F32';
  }

  /** @throws CheckpointError if the elements cannot be read */
  get data(): HostArray {
    if (this.problem !== undefined) throw new CheckpointError(this.source, this.problem);
    if (this.contents === null) return arrayFromBytes('F32', new Uint8Array(0));
    const { type, bytes, isFortran } = this.contents;
    const stored = arrayFromBytes(type.dtype, type.isBigEndian ? swapBytes(bytes.bytes(), type.dtype) : bytes.bytes());
    return isFortran ? fromFortranOrder(stored, this.shape) : stored;
  }

  /**
   * Sets the contents, which a pickle gives after the array. Contents that cannot be read are a {@link problem}, which matters
   * only where the elements are needed.
   *
   * @param state (version, shape, dtype, Fortran order, bytes)
   */
  setState(state: PythonValue): void {
    this.problem = this.locate(state);
  }

  private locate(state: PythonValue): string | undefined {
    if (!isTuple(state) || state.length !== 5) return 'a NumPy array without contents';
    const [, shape, type, isFortran, contents] = state;
    if (!isTuple(shape) || !shape.every((n) => Number.isSafeInteger(n) && (n as number) >= 0)) {
      return 'a NumPy array without a valid shape';
    }
    this.shape = [...(shape as number[])];
    if (!(type instanceof NumpyDtype)) return `a NumPy array of ${describeType(type)}, which is not supported`;
    const bytes = typeof contents === 'string' ? encodePython2Bytes(contents) : contents;
    if (!(bytes instanceof ByteRange)) return 'a NumPy array of objects, which is not supported';
    const size = this.shape.reduce((a, b) => a * b, bytesPerElement(type.dtype));
    if (size !== bytes.length) return `a NumPy array of shape [${shape}] with ${bytes.length} bytes`;
    this.contents = { type, bytes, isFortran: isFortran === true && size > 0 };
    return undefined;
  }
}

/** The type of elements that are not numbers: its code, such as `O8` or `c16`. */
function describeType(type: PythonValue | undefined): string {
  const code = type instanceof PythonObject ? type.args[0] : undefined;
  return typeof code === 'string' ? `the type ${code.slice(0, 40)}` : 'an unknown type';
}

function swapBytes(bytes: Uint8Array, dtype: Dtype): Uint8Array {
  const size = bytesPerElement(dtype);
  const swapped = new Uint8Array(bytes);
  for (let start = 0; start < swapped.length; start += size) swapped.subarray(start, start + size).reverse();
  return swapped;
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

/** A NumPy scalar as a plain number; undefined if it is something else. */
export function numpyScalar(type: PythonValue | undefined, bytes: PythonValue | undefined): PythonValue | undefined {
  if (!(type instanceof NumpyDtype) || !(bytes instanceof ByteRange)) return undefined;
  const { dtype } = type;
  if (bytes.length !== bytesPerElement(dtype)) return undefined;
  const stored = type.isBigEndian ? swapBytes(bytes.bytes(), dtype) : bytes.bytes();
  const value = arrayFromBytes(dtype, stored)[0]!;
  if (dtype === 'BOOL') return value !== 0;
  if (dtype === 'F64' || dtype === 'F32') return pythonFloat(value as number);
  if (dtype === 'F16') return pythonFloat(fromFloat16(value as number));
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
