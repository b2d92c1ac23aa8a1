import * as tf from '@tensorflow/tfjs-core';
import { Adam, lossAndGrads } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import { augment } from './augment.js';
import { CHANNELS, CLASSES, type FashionCnn, RESOLUTION } from './fashion-cnn.js';
import { toNetworkInput } from './fashion-extractor.js';

/** Images with their classes. */
export interface LabelledImages {
  /** Gray images of 32x32, pixels 0 to 255, one after another. */
  images: Uint8Array;
  /** Class of each, 0 to 9. */
  labels: Uint8Array;
}

/** Settings of {@link trainClassifier}. */
export interface ClassifierTraining {
  epochs: number;
  batchSize: number;
  /** Highest learning rate: reached after a twentieth of the training, then lowered to 0 along a cosine. */
  learningRate: number;
  /** Called after each step. */
  onStep?: (progress: { step: number; steps: number; loss: number }) => void;
}

const WARM_UP = 0.05;

/**
 * Trains a classifier with Adam on the cross-entropy, images shifted and mirrored at random.
 *
 * @param rng draws the order and the augmentation: the same seed gives the same weights on the same backend
 */
export async function trainClassifier(
  network: FashionCnn,
  data: LabelledImages,
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
    if (!Number.isFinite(value))
      throw new Error(`The loss became ${value} at step ${step + 1}; lower the learning rate.`);
    onStep?.({ step: step + 1, steps, loss: value! });
  }
  optimizer.dispose();
}

/** Share of the images whose most probable class is theirs, 0 to 1. */
export function accuracy(probabilities: Float32Array, labels: Uint8Array): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = probabilities.subarray(i * CLASSES, (i + 1) * CLASSES);
    if (row.indexOf(Math.max(...row)) === labels[i]) right += 1;
  }
  return right / labels.length;
}

/** @param progress share of the training, 0 to 1; @returns share of the highest learning rate */
function rateFactor(progress: number): number {
  if (progress < WARM_UP) return progress / WARM_UP;
  return 0.5 * (1 + Math.cos((Math.PI * (progress - WARM_UP)) / (1 - WARM_UP)));
}

/** Mean of -log softmax(logits)[label]; logits [N, 10]. */
function crossEntropy(logits: tf.Tensor2D, labels: Uint8Array): tf.Scalar {
  const oneHot = new Float32Array(labels.length * CLASSES);
  labels.forEach((label, i) => (oneHot[i * CLASSES + label] = 1));
  const target = tf.tensor2d(oneHot, [labels.length, CLASSES]);
  const logNormalizer = tf.log(tf.sum(tf.exp(logits), 1));
  return tf.mean(tf.sub(logNormalizer, tf.sum(tf.mul(logits, target), 1)));
}

function gather({ images, labels }: LabelledImages, indices: Int32Array): LabelledImages {
  const imageBytes = RESOLUTION * RESOLUTION * CHANNELS;
  const out = { images: new Uint8Array(indices.length * imageBytes), labels: new Uint8Array(indices.length) };
  indices.forEach((index, i) => {
    out.images.set(images.subarray(index * imageBytes, (index + 1) * imageBytes), i * imageBytes);
    out.labels[i] = labels[index]!;
  });
  return out;
}
