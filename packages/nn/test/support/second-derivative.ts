// Reports the second derivative of x tanh(x) at 0.7 to the thread that started this one.
import { parentPort } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { startBackend } from '@onestep/backends';
import '@onestep/nn';

await startBackend('cpu');
const second = tf.grad(tf.grad((x: tf.Tensor) => tf.mul(x, tf.tanh(x))))(tf.scalar(0.7));
parentPort!.postMessage((await second.data())[0]);
