import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';

/**
 * Copies a tensor to memory of its own, while `tf.clone` shares it. The copy goes through the host unless the
 * engine has a kernel `Copy`, which engines without synchronous reads need.
 */
export function copy<T extends tf.Tensor>(x: T): T {
  return runKernelOr('Copy', { x }, {}, () => tf.tensor(x.dataSync().slice(), x.shape, x.dtype)) as T;
}
