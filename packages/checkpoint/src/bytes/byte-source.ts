/** Bytes that are read by position: a buffer, or a file of which only what is asked for comes into memory. */
export interface ByteSource {
  /** What messages call it: a path, or a description. */
  readonly name: string;
  readonly length: number;
  /** `length` bytes from `start` on, all inside the source; a view or a copy, not to be changed. */
  read(start: number, length: number): Uint8Array;
}

/** A buffer as a source; what is read are views of it. */
export function memorySource(bytes: Uint8Array, name: string): ByteSource {
  return { name, length: bytes.length, read: (start, length) => bytes.subarray(start, start + length) };
}
