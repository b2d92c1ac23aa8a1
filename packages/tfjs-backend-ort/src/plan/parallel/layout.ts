import { sizeOf } from '../../lower/lowered-tensor.js';
import type { ElementType, OnnxValueInfo } from '../../onnx/model.js';
import { type NativeTensor, type TensorData, wrap } from '../../runtime/binding.js';

/** Where the elements of a tensor are in a buffer that several share. */
export interface Slot {
  name: string;
  type: ElementType;
  dims: readonly number[];
  /** In bytes. */
  offset: number;
  /** In elements. */
  size: number;
}

/** Bytes of a processor's widest vector. */
const ALIGNMENT = 64;

/** Lays tensors out one after the other. @returns their places, and the bytes of a buffer for all */
export function layOut(values: readonly OnnxValueInfo[]): { slots: Slot[]; bytes: number } {
  let bytes = 0;
  const slots = values.map(({ name, type, dims }): Slot => {
    const size = sizeOf(dims as readonly number[]);
    const slot = { name, type, dims: dims as readonly number[], offset: bytes, size };
    bytes += Math.ceil((size * (type === 'bool' ? 1 : 4)) / ALIGNMENT) * ALIGNMENT;
    return slot;
  });
  return { slots, bytes };
}

/** The elements of a tensor in the buffer. */
export function viewOf(buffer: ArrayBuffer, { type, offset, size }: Slot): TensorData {
  if (type === 'bool') return new Uint8Array(buffer, offset, size);
  return type === 'int32' ? new Int32Array(buffer, offset, size) : new Float32Array(buffer, offset, size);
}

/** A tensor with memory of its own. */
export function allocated(info: OnnxValueInfo): NativeTensor {
  const { slots, bytes } = layOut([info]);
  return wrap(info.type as 'float32', viewOf(new ArrayBuffer(bytes), slots[0]!), slots[0]!.dims);
}
