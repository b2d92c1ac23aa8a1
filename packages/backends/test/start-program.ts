/** Program of the tests: starts the backend that its argument names, and prints the outcome as JSON. */
import * as tf from '@tensorflow/tfjs-core';
import { startBackend, type BackendName } from '../src/index.js';

try {
  const { description } = await startBackend(process.argv.at(-1) as BackendName);
  const [sum] = await tf.sum(tf.tensor1d([1, 2, 3, 4])).data();
  console.log(JSON.stringify({ description, current: tf.getBackend(), sum }));
} catch (error) {
  console.log(JSON.stringify({ refused: (error as Error).message }));
}
