import * as tf from '@tensorflow/tfjs-core';
import { runCompositeKernel } from './composite-kernel.js';
import { runGradientKernelOr } from './engine-kernel.js';

const SILU = 'Silu';

/** SiLU(x) = x sigmoid(x), elementwise, for any shape (Hendrycks & Gimpel 2016). */
export function silu<T extends tf.Tensor>(x: T): T {
  return runCompositeKernel(SILU, { x }, {}, ({ x }) => tf.mul(x!, tf.sigmoid(x!))) as T;
}

tf.registerGradient({
  kernelName: SILU,
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => ({ x: () => siluGrad(dy as tf.Tensor, saved[0]!) }),
});

/** The gradient of {@link silu} at `x` times `dy`. */
function siluGrad(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  return runGradientKernelOr('SiluGrad', { dy, x }, {}, () => tf.mul(dy, siluDerivative(x)));
}

/** d SiLU / dx = s (1 + x (1 - s)) with s = sigmoid(x). */
export function siluDerivative(x: tf.Tensor): tf.Tensor {
  const s = tf.sigmoid(x);
  return tf.mul(s, tf.add(1, tf.mul(x, tf.sub(1, s))));
}
