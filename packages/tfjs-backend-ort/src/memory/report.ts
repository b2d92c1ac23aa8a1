import { util } from '@tensorflow/tfjs-core';
import type { RecordedNode } from '../ir/node.js';
import type { Runner } from '../plan/runner.js';
import type { DeviceMemory } from '../runtime/device.js';
import type { Storage } from './storage.js';

/**
 * What the backend's memory is used for, beside the tensors that tfjs counts itself (`numBytes`, which includes tensors
 * that are recorded and not computed yet). Not visible, and therefore estimated: what onnxruntime keeps.
 */
export interface OrtMemory {
  unreliable: boolean;
  reasons?: string[];
  /** Host buffers in use: of tensors, and of disposed tensors that recorded operations still read. */
  usedBytes: number;
  /** Host buffers kept for reuse. */
  pooledBytes: number;
  /** The part of `usedBytes` that belongs to disposed tensors; free after the next run. */
  retiredBytes: number;
  /** Tensors recorded and not computed yet: they are in `numBytes`, but take no memory. */
  pendingBytes: number;
  /** Estimate of what compiled graphs keep for intermediate results in onnxruntime's arenas. */
  planBytes: number;
  /** Tensors on the device of the execution provider. */
  numBytesInGPU?: number;
}

/** Adds up what one backend holds. */
export function memoryReport(
  { pool, retiredBytes }: Storage,
  pending: readonly RecordedNode[],
  { planBytes }: Runner,
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
  const reasons = ['numBytesInGPU counts tensors; what onnxruntime keeps on the device besides, it does not tell.'];
  return { ...memory, unreliable: true, reasons, numBytesInGPU: device.bytes };
}
