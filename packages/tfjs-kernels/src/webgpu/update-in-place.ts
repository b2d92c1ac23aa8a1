import * as tf from '@tensorflow/tfjs-core';
import { copy } from './copy.js';
import type { WebgpuBackend } from './webgpu-program.js';

/** Threads per workgroup of an update; each thread updates one element. */
export const UPDATE_THREADS = 256;

/**
 * Returns the tensor to write the new value of `x` into: its own memory if `x` is a variable whose memory no other tensor
 * shares, else a copy. (A copy of a network shares memory with its original until one of them is updated.)
 */
export function placeToUpdate(backend: WebgpuBackend, x: tf.TensorInfo): tf.TensorInfo {
  if (x instanceof tf.Variable && backend.refCount(x.dataId) === 1) {
    backend.incRef(x.dataId);
    // After a read, tfjs keeps a copy on the host and gives it to every later read.
    backend.uploadToGPU(x.dataId);
    backend.tensorMap.get(x.dataId)!.values = null;
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }
  return copy(backend, x);
}
