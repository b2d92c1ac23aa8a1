/**
 * Trains the Fashion-MNIST classifier of this package and writes its weights.
 *
 *   node --conditions=@onestep/source --import tsx packages/metrics/scripts/train-classifier.ts
 */
import { startBackend } from '@onestep/backends';
import { FASHION_DETECTOR, FashionExtractor } from '@onestep/metrics';
import { FASHION_WEIGHTS_PATH } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { FashionCnn } from '../src/classifier/fashion-cnn.js';
import { accuracy, trainClassifier } from '../src/classifier/train-classifier.js';
import { readFashionMnist } from './fashion-mnist.js';
import { readOptions } from './options.js';

const { data, dest, epochs, batch, lr, seed } = readOptions({
  data: '/usr/share/datasets/fashion-mnist',
  dest: FASHION_WEIGHTS_PATH,
  epochs: 15,
  batch: 128,
  lr: 3e-3,
  seed: 0,
});

await startBackend('ort');
const { train, test } = await readFashionMnist(data);
const rng = new Rng(seed);
const network = new FashionCnn(rng.stream('weights'));
const extractor = new FashionExtractor(network);
const testAccuracy = async () =>
  accuracy((await extractor.extract(test.images, test.labels.length)).probabilities, test.labels);
console.log(`${network.parameterCount()} parameters, ${train.labels.length} training images, seed ${seed}`);

const start = performance.now();
let meanLoss = 0;
await trainClassifier(network, train, rng, {
  epochs,
  batchSize: batch,
  learningRate: lr,
  onStep: ({ step, steps, loss }) => {
    meanLoss += (loss - meanLoss) / Math.min(step, 100);
    if (step % 100 === 0 || step === steps) {
      const seconds = (performance.now() - start) / 1000;
      console.log(`step ${step} of ${steps}   loss ${meanLoss.toFixed(4)}   ${seconds.toFixed(0)} s`);
    }
  },
});
const seconds = Math.round((performance.now() - start) / 1000);
const result = (await testAccuracy()).toFixed(4);
console.log(`test accuracy ${result} after ${seconds} s`);

await writeSafetensors(dest, {
  tensors: await network.stateDict(),
  metadata: {
    name: FASHION_DETECTOR,
    data: 'Fashion-MNIST, 60000 training images, zero-padded to 32x32',
    testAccuracy: result,
    epochs: String(epochs),
    batch: String(batch),
    learningRate: String(lr),
    seed: String(seed),
    seconds: String(seconds),
  },
});
console.log(`wrote ${dest}`);
