import * as tf from '@tensorflow/tfjs-core';
import { runKernelOr } from './engine-kernel.js';

/**
 * The same values in memory of their own, where `tf.clone` shares them. Through the host, unless the engine has a kernel
 * `Copy`: one that cannot be read at once needs it.
 */
export function copy<T extends tf.Tensor>(x: T): T {
  return runKernelOr('Copy', { x }, {}, () => tf.tensor(x.dataSync().slice(), x.shape, x.dtype)) as T;
}
