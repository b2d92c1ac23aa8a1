import * as tf from '@tensorflow/tfjs-core';
import { mapJoined } from './small-tensors.js';

interface AdamAttrs {
  count: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  /** Value of infinite gradients. */
  bound: number;
}

/** One Adam step over all parameters, with the arithmetic of `adamUpdate` in `@onestep/nn`. */
export const adamUpdateKernel: tf.KernelConfig = {
  kernelName: 'AdamUpdate',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const tensors = inputs as tf.NamedTensorMap;
    const { count, beta1, beta2, epsilon, bound } = attrs as unknown as AdamAttrs;
    const { lr, correction1, correction2 } = tensors as Record<string, tf.Tensor>;
    const list = (name: string) => Array.from({ length: count }, (_, i) => tensors[`${name}${i}`]!);
    return tf.tidy(() =>
      mapJoined([list('p'), list('g'), list('m'), list('v')], (p, gradient, m0, v0) => {
        const g = nanToNum(gradient!, bound);
        const m = tf.add(tf.mul(m0!, beta1), tf.mul(g, 1 - beta1));
        const v = tf.add(tf.mul(v0!, beta2), tf.mul(tf.square(g), 1 - beta2));
        const denominator = tf.add(tf.sqrt(tf.div(v, correction2!)), epsilon);
        return [tf.sub(p!, tf.mul(tf.div(tf.div(m, correction1!), denominator), lr!)), m, v];
      }).flat(),
    );
  },
};

/** NaN as 0, and infinities as +-bound. */
function nanToNum(g: tf.Tensor, bound: number): tf.Tensor {
  const number = tf.where(tf.isNaN(g), 0, g);
  return tf.where(tf.isInf(number), tf.clipByValue(number, -bound, bound), number);
}

/** One step of a moving average over all parameters, with the arithmetic of `emaUpdate` in `@onestep/nn`. */
export const emaUpdateKernel: tf.KernelConfig = {
  kernelName: 'EmaUpdate',
  backendName: 'tensorflow',
  kernelFunc: ({ inputs, attrs }) => {
    const tensors = inputs as tf.NamedTensorMap;
    const { count } = attrs as unknown as { count: number };
    const list = (name: string) => Array.from({ length: count }, (_, i) => tensors[`${name}${i}`]!);
    return tf.tidy(
      () => mapJoined([list('e'), list('p')], (e, p) => [tf.add(p!, tf.mul(tensors.beta!, tf.sub(e!, p!)))])[0] ?? [],
    );
  },
};
