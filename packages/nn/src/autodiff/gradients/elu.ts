import * as tf from '@tensorflow/tfjs-core';
import { registerSecondDerivative, runKernel } from './register-gradient.js';

// EluGrad(dy, y) = dy (1 where y > 0, y + 1 elsewhere)
registerSecondDerivative('EluGrad', ['dy', 'y'], (dInput, { dy, y }) => ({
  dy: () => runKernel('EluGrad', { dy: dInput, y }, {}),
  y: () => tf.mul(tf.mul(dInput, dy), tf.cast(tf.less(y, 0), 'float32')),
}));
