/** A program: starts the engine that its argument names, computes something with it, and prints the outcome as one line of JSON. */
import * as tf from '@tensorflow/tfjs-core';
import type { BackendName } from '../backend-names.js';
import { startBackend } from '../node/start-backend.js';
import type { Probe } from './probe.js';

async function probe(name: BackendName): Promise<Probe> {
  try {
    const { description } = await startBackend(name);
    const square = tf.tensor2d([1, 2, 3, 4], [2, 2]);
    await expectValues('a product of matrices', tf.matMul(square, square), [7, 10, 15, 22]);
    // Each of the filter's four values meets nine values of the image.
    const gradient = tf
      .engine()
      .runKernel(
        'Conv2DBackpropFilter',
        { x: tf.ones([1, 4, 4, 1]), dy: tf.ones([1, 3, 3, 1]) },
        { strides: 1, pad: 'valid', dataFormat: 'NHWC', filterShape: [2, 2, 1, 1] },
      ) as tf.Tensor;
    await expectValues('the gradient of a convolution', gradient, [9, 9, 9, 9]);
    return { starts: true, description };
  } catch (error) {
    return { starts: false, problem: (error as Error).message };
  }
}

async function expectValues(what: string, tensor: tf.Tensor, expected: number[]): Promise<void> {
  const actual = [...(await tensor.data())];
  if (String(actual) !== String(expected))
    throw new Error(`${what} is ${String(actual)}, and should be ${String(expected)}.`);
}

process.stdout.write(`\n${JSON.stringify(await probe(process.argv[2] as BackendName))}\n`, () => process.exit());
