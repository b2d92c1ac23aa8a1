/**
 * A small convolutional classifier of 28x28 images, as in many introductions. It does not depend on a backend.
 */
import * as tf from '@tensorflow/tfjs';

const model = tf.sequential({
  layers: [
    tf.layers.conv2d({ inputShape: [28, 28, 1], filters: 32, kernelSize: 3, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 64, kernelSize: 3, activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    tf.layers.dense({ units: 10, activation: 'softmax' }),
  ],
});
model.compile({ optimizer: tf.train.adam(0.001), loss: 'categoricalCrossentropy' });

export const variables = model.trainableWeights.map((weight) => weight.val);

/**
 * One step of training.
 *
 * @param {Float32Array} inputs pixels from 0 to 1, [64, 28, 28, 1]
 * @param {Int32Array} targets classes, [64]
 * @returns the loss before the step
 */
export async function step(inputs, targets) {
  const x = tf.tensor4d(inputs, [targets.length, 28, 28, 1]);
  const y = tf.tidy(() => tf.oneHot(tf.tensor1d(targets, 'int32'), 10));
  const loss = await model.trainOnBatch(x, y);
  tf.dispose([x, y]);
  return loss;
}
