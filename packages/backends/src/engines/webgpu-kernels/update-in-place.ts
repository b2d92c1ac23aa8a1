import * as tf from '@tensorflow/tfjs-core';
import { copy } from './copy.js';
import type { WebgpuBackend } from './webgpu-program.js';

/** Threads of a workgroup of an update, which takes one element each. */
export const UPDATE_THREADS = 256;

/**
 * Where the new value of `x` goes: into its own memory if it is a variable's that nobody else uses (a copy of a network
 * shares memory with its original until one of them is updated), else into a copy's.
 */
export function placeToUpdate(backend: WebgpuBackend, x: tf.TensorInfo): tf.TensorInfo {
  if (x instanceof tf.Variable && backend.refCount(x.dataId) === 1) {
    backend.incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  }
  return copy(backend, x);
}
