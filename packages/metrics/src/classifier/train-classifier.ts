import * as tf from '@tensorflow/tfjs-core';
import { Adam, lossAndGrads } from '@onestep/nn';
import type { Rng } from '@onestep/random';
import { augment } from './augment.js';
import { CHANNELS, CLASSES, type FashionCnn, RESOLUTION } from './fashion-cnn.js';
import { toNetworkInput } from './fashion-extractor.js';

/** Images with their classes. */
export interface LabeledImages {
  /** uint8 gray pixels, [n, 32, 32] */
  images: Uint8Array;
  /** Class of each image, 0 to 9, [n] */
  labels: Uint8Array;
}

/** Options of {@link trainClassifier}. */
export interface ClassifierTraining {
  /** Passes over the data. */
  epochs: number;
  /** Images per step. */
  batchSize: number;
  /** Largest learning rate: reached after 5 % of the training, then decayed to 0 along a cosine. */
  learningRate: number;
  /** Called after each step. */
  onStep?: (progress: { step: number; steps: number; loss: number }) => void;
}

/** Fraction of the training in which the learning rate rises. */
const WARM_UP = 0.05;

/**
 * Trains a classifier with Adam on the cross-entropy of randomly shifted and mirrored images.
 *
 * @param rng draws the order and the augmentation: the same seed gives the same weights on the same backend
 * @throws if there are fewer images than fill a batch, or the loss becomes NaN or infinite
 */
export async function trainClassifier(
  network: FashionCnn,
  data: LabeledImages,
  rng: Rng,
  { epochs, batchSize, learningRate, onStep }: ClassifierTraining,
): Promise<void> {
  const count = data.labels.length;
  const stepsPerEpoch = Math.floor(count / batchSize);
  if (stepsPerEpoch === 0) throw new Error(`${count} images do not fill one batch of ${batchSize}.`);
  const steps = epochs * stepsPerEpoch;
  const optimizer = new Adam(network.namedParameters());
  const [orderRng, augmentRng] = [rng.stream('order'), rng.stream('augment')];
  let order = new Int32Array(0) as Int32Array;
  for (let step = 0; step < steps; step++) {
    const at = step % stepsPerEpoch;
    if (at === 0) order = orderRng.permutation(count);
    const batch = gather(data, order.subarray(at * batchSize, (at + 1) * batchSize));
    const images = augment(batch.images, augmentRng);
    const loss = tf.tidy(() => {
      const { loss, grads } = lossAndGrads(
        () => ({ loss: crossEntropy(network.forward(toNetworkInput(images)).logits, batch.labels), aux: {} }),
        network.parameters(),
      );
      optimizer.step(grads, learningRate * rateFactor((step + 1) / steps));
      return loss;
    });
    const [value] = await loss.data();
    loss.dispose();
    if (!Number.isFinite(value)) {
      throw new Error(`The loss became ${value} at step ${step + 1}; lower the learning rate.`);
    }
    onStep?.({ step: step + 1, steps, loss: value! });
  }
  optimizer.dispose();
}

/**
 * Fraction of the images whose most probable class is the right one, 0 to 1.
 *
 * @param probabilities [n, 10]
 * @param labels [n]
 */
export function accuracy(probabilities: Float32Array, labels: Uint8Array): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = probabilities.subarray(i * CLASSES, (i + 1) * CLASSES);
    if (row.indexOf(Math.max(...row)) === labels[i]) right += 1;
  }
  return right / labels.length;
}

/**
 * Learning rate as a fraction of the largest one.
 *
 * @param progress fraction of the training done, 0 to 1
 */
function rateFactor(progress: number): number {
  if (progress < WARM_UP) return progress / WARM_UP;
  return 0.5 * (1 + Math.cos((Math.PI * (progress - WARM_UP)) / (1 - WARM_UP)));
}

/**
 * Mean of -log softmax(logits)[label].
 *
 * @param logits [N, 10]
 */
function crossEntropy(logits: tf.Tensor2D, labels: Uint8Array): tf.Scalar {
  const oneHot = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, i) => (oneHot[i * CLASSES + label] = 1));
  const target = tf.tensor2d(oneHot, [labels.length, CLASSES]);
  const logNormalizer = tf.log(tf.sum(tf.exp(logits), 1));
  return tf.mean(tf.sub(logNormalizer, tf.sum(tf.mul(logits, target), 1)));
}

function gather({ images, labels }: LabeledImages, indices: Int32Array): LabeledImages {
  const imageBytes = RESOLUTION * RESOLUTION * CHANNELS;
  const out = { images: new Uint8Array(indices.length * imageBytes), labels: new Uint8Array(indices.length) };
  indices.forEach((index, i) => {
    out.images.set(images.subarray(index * imageBytes, (index + 1) * imageBytes), i * imageBytes);
    out.labels[i] = labels[index]!;
  });
  return out;
}
