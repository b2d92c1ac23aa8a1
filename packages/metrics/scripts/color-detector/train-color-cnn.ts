import * as tf from '@tensorflow/tfjs-core';
import { Adam, lossAndGrads } from '@onestep/nn';
import { Rng } from '@onestep/random';
import { QUESTIONS, RESOLUTION, type ColorCnn, type Question } from '../../src/color/color-cnn.js';
import { drawPicture, type Answers, type Clothes, type Picture } from './draw-picture.js';

/** Options of {@link trainColorCnn}. */
export interface ColorTraining {
  steps: number;
  /** Pictures per step; each is drawn once. */
  batchSize: number;
  /** Largest learning rate: reached after 5 % of the training, then decayed to 0 along a cosine. */
  learningRate: number;
  seed: number;
  /** Called after each step. */
  onStep?: (progress: { step: number; loss: number }) => void;
}

const WARM_UP = 0.05;
const NAMES = Object.keys(QUESTIONS) as Question[];
const OUTPUTS = NAMES.reduce((sum, name) => sum + QUESTIONS[name], 0);

/**
 * Trains the network with Adam on the sum of the cross-entropies of all questions, over pictures that are drawn as they are
 * needed. The same seed gives the same weights on the same engine.
 *
 * @throws if the loss becomes NaN or infinite
 */
export async function trainColorCnn(network: ColorCnn, clothes: Clothes, options: ColorTraining): Promise<void> {
  const { steps, batchSize, learningRate, seed, onStep } = options;
  const optimizer = new Adam(network.namedParameters());
  for (let step = 0; step < steps; step++) {
    const pictures = Array.from({ length: batchSize }, (_, i) =>
      drawPicture(new Rng(seed, `picture ${step * batchSize + i}`), clothes),
    );
    const loss = tf.tidy(() => {
      const pixels = pixelsOf(pictures);
      const target = tf.tensor2d(oneHot(pictures.map(({ answers }) => answers)), [batchSize, OUTPUTS]);
      const { loss, grads } = lossAndGrads(
        () => ({ loss: crossEntropy(network.forward(pixels).logits, target), aux: {} }),
        network.parameters(),
      );
      optimizer.step(grads, learningRate * rateFactor((step + 1) / steps));
      return loss;
    });
    const [value] = await loss.data();
    loss.dispose();
    if (!Number.isFinite(value))
      throw new Error(`The loss became ${value} at step ${step + 1}; lower the learning rate.`);
    onStep?.({ step: step + 1, loss: value! });
  }
  optimizer.dispose();
}

/** Fraction of the pictures whose most probable answer is right, for each question. */
export async function accuracies(network: ColorCnn, pictures: readonly Picture[]): Promise<Record<Question, number>> {
  const right = Object.fromEntries(NAMES.map((name) => [name, 0])) as Record<Question, number>;
  const size = 100;
  for (let start = 0; start < pictures.length; start += size) {
    const some = pictures.slice(start, start + size);
    const logits = tf.tidy(() => network.forward(pixelsOf(some)).logits);
    const values = await logits.data();
    logits.dispose();
    some.forEach(({ answers }, i) => {
      let at = i * OUTPUTS;
      for (const name of NAMES) {
        const row = values.subarray(at, (at += QUESTIONS[name]));
        if (row.indexOf(Math.max(...row)) === answers[name]) right[name] += 1 / pictures.length;
      }
    });
  }
  return right;
}

function pixelsOf(pictures: readonly Picture[]): tf.Tensor4D {
  const bytes = RESOLUTION * RESOLUTION * 3;
  const all = new Float32Array(pictures.length * bytes);
  pictures.forEach(({ image }, i) => all.set(image.data, i * bytes));
  return tf.tensor4d(all, [pictures.length, RESOLUTION, RESOLUTION, 3]);
}

/** The right answers to all questions one after another, [N, outputs]. */
function oneHot(answers: readonly Answers[]): Float32Array {
  const out = new Float32Array(answers.length * OUTPUTS);
  answers.forEach((answer, i) => {
    let at = i * OUTPUTS;
    for (const name of NAMES) {
      out[at + answer[name]] = 1;
      at += QUESTIONS[name];
    }
  });
  return out;
}

/** Sum over the questions of the mean of -log softmax(logits)[answer]. */
function crossEntropy(logits: tf.Tensor2D, target: tf.Tensor2D): tf.Scalar {
  let at = 0;
  const normalizers = NAMES.map((name) => {
    const part = tf.slice(logits, [0, at], [-1, QUESTIONS[name]]);
    at += QUESTIONS[name];
    return tf.log(tf.sum(tf.exp(part), 1));
  });
  return tf.mean(tf.sub(tf.addN(normalizers), tf.sum(tf.mul(logits, target), 1)));
}

/** @param progress fraction of the training done, 0 to 1 */
function rateFactor(progress: number): number {
  if (progress < WARM_UP) return progress / WARM_UP;
  return 0.5 * (1 + Math.cos((Math.PI * (progress - WARM_UP)) / (1 - WARM_UP)));
}
