import * as tf from '@tensorflow/tfjs-core';
import type { LossAndGrads } from '@onestep/nn';
import type { Turns } from '../training/in-turns.js';
import type { Communicator } from './communicator.js';

/**
 * Sums a loss, its gradients and `aux` over the processes, in one buffer: a call for each of some hundred parameters would take
 * their latency each.
 *
 * @param own what this process computed; disposed
 * @returns tensors of the caller's, the same in all processes
 */
export function* sumGradients<T extends tf.NamedTensorMap>(
  own: LossAndGrads<T>,
  communicator: Communicator,
): Turns<LossAndGrads<T>> {
  if (communicator.size === 1) return own;
  const names = Object.keys(own.aux);
  const tensors = [own.loss, ...own.grads, ...Object.values(own.aux)];
  const flat = tf.tidy(() => tf.concat1d(tensors.map((tensor) => tf.reshape(tensor, [-1]) as tf.Tensor1D)));
  let values = new Float32Array();
  yield flat.data().then(async (data) => {
    values = Float32Array.from(data);
    await communicator.sum(values);
  });
  tf.dispose([flat, ...tensors]);
  let start = 0;
  const [loss, ...others] = tensors.map(({ shape, size }) => {
    start += size;
    return tf.tensor(values.subarray(start - size, start), shape, 'float32');
  });
  const grads = others.slice(0, own.grads.length);
  const aux = Object.fromEntries(names.map((name, i) => [name, others[own.grads.length + i]!]));
  return { loss: loss as tf.Scalar, grads, absent: own.absent, aux: aux as T };
}
