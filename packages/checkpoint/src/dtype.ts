/** Typed arrays of the data types, by the names of safetensors. Half precisions are kept as their bits. */
export const DTYPES = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U64: BigUint64Array,
  U32: Uint32Array,
  U16: Uint16Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** Data type of a tensor's elements, by its name in safetensors. */
export type Dtype = keyof typeof DTYPES;

/** Elements as a file holds them. Half precisions are their bits in a `Uint16Array`. */
export type HostArray =
  | Float64Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | BigInt64Array<ArrayBufferLike>
  | BigUint64Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int8Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>;

export function bytesPerElement(dtype: Dtype): number {
  return DTYPES[dtype].BYTES_PER_ELEMENT;
}

/** Bytes as elements: a view if the bytes are aligned, else a copy. */
export function arrayFromBytes(dtype: Dtype, bytes: Uint8Array): HostArray {
  const constructor = DTYPES[dtype];
  const size = constructor.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new constructor(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size);
}

/** The value of a float16 (IEEE 754 binary16, `torch.float16`), from its bits. */
export function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The values of bfloat16 numbers, from their bits: a bfloat16 is the upper half of a float32. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const wide = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) wide[i] = bits[i]! << 16;
  return new Float32Array(wide.buffer);
}

/** The bits of the nearest float16 numbers (ties to even); beyond the largest, those of infinity. */
export function toFloat16(values: Float32Array): Uint16Array {
  const single = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(single, (bits, i) => {
    const sign = (bits >>> 16) & 0x8000;
    const value = Math.abs(values[i]!);
    if (Number.isNaN(value)) return sign | 0x7e00;
    // From the middle between the largest number and the next one on.
    if (value >= 65520) return sign | 0x7c00;
    // Subnormal numbers are multiples of 2^-24; the sum rounds to one of them.
    if (value < 2 ** -14) return sign | (value * 2 ** 24 + 1.5 * 2 ** 52 - 1.5 * 2 ** 52);
    const rounded = (bits & 0x7fffffff) + 0xfff + ((bits >>> 13) & 1);
    return sign | ((rounded >>> 13) - (112 << 10));
  });
}
