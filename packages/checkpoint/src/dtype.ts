/** How the elements of a tensor are stored in a file: by the names of safetensors. */
export const DTYPES = {
  F64: Float64Array,
  F32: Float32Array,
  F16: Uint16Array,
  BF16: Uint16Array,
  I64: BigInt64Array,
  I32: Int32Array,
  I16: Int16Array,
  I8: Int8Array,
  U8: Uint8Array,
  BOOL: Uint8Array,
} as const;

/** A data type of a file. */
export type Dtype = keyof typeof DTYPES;

/** Elements as a file holds them; half precisions as their bits. */
export type HostArray =
  | Float64Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | BigInt64Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Int8Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>;

export function bytesPerElement(dtype: Dtype): number {
  return DTYPES[dtype].BYTES_PER_ELEMENT;
}

/** Bytes as elements: a view where they are aligned, a copy where not. */
export function arrayFromBytes(dtype: Dtype, bytes: Uint8Array): HostArray {
  const constructor = DTYPES[dtype];
  const size = constructor.BYTES_PER_ELEMENT;
  const aligned = bytes.byteOffset % size === 0 ? bytes : new Uint8Array(bytes);
  return new constructor(aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.length / size);
}
