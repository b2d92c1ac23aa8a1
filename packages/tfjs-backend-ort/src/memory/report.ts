import { util } from '@tensorflow/tfjs-core';
import type { RecordedNode } from '../ir/node.js';
import type { DeviceMemory } from '../runtime/device.js';
import type { Storage } from './storage.js';

/**
 * The memory of the backend, in bytes, in addition to the tensors that tfjs counts itself. (Its `numBytes` includes tensors
 * that are recorded and not computed yet.) What onnxruntime allocates is not visible, and therefore estimated.
 */
export interface OrtMemory {
  unreliable: boolean;
  reasons?: string[];
  /** Host buffers in use, by tensors and by disposed tensors that recorded operations still read. */
  usedBytes: number;
  /** Free host buffers kept for reuse. */
  pooledBytes: number;
  /** The part of `usedBytes` that belongs to disposed tensors. It is freed after the next run. */
  retiredBytes: number;
  /** Tensors that are recorded and not computed yet. They count in `numBytes` but take no memory. */
  pendingBytes: number;
  /** Estimate of what compiled graphs keep for intermediate results in onnxruntime's arenas. */
  planBytes: number;
  /** Tensors on the device of the execution provider. */
  numBytesInGPU?: number;
}

/** Adds up the memory of one backend. */
export function reportMemory(
  { pool, retiredBytes }: Storage,
  pending: readonly RecordedNode[],
  planBytes: number,
  device: DeviceMemory | null,
): OrtMemory {
  const wanted = pending.flatMap(({ outputs }) => outputs.filter((output) => output.refCount > 0));
  const memory: OrtMemory = {
    unreliable: false,
    usedBytes: pool.usedBytes,
    pooledBytes: pool.freeBytes,
    retiredBytes,
    pendingBytes: wanted.reduce((sum, { dtype, size }) => sum + size * util.bytesPerElement(dtype), 0),
    planBytes,
  };
  if (!device) return memory;
  const reasons = ['numBytesInGPU counts tensors only; onnxruntime does not report what else it keeps on the device.'];
  return { ...memory, unreliable: true, reasons, numBytesInGPU: device.bytes };
}
