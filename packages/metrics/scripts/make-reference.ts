/**
 * Computes the reference statistics of Fashion-MNIST from its 60,000 training images, and two distances that show what
 * good values are: that of the 10,000 test images, and that between two sets of 5,000 training images.
 *
 *   node --conditions=@onestep/source --import tsx packages/metrics/scripts/make-reference.ts
 */
import { startBackend } from '@onestep/backends';
import { computeReference, evaluateImages, frechetDistance } from '@onestep/metrics';
import { FASHION_REFERENCE_PATH, loadFashionMnistClassifier, writeReference } from '@onestep/metrics/node';
import { batches, readFashionMnist } from './fashion-mnist.js';
import { readOptions } from './options.js';

const { data, dest } = readOptions({ data: '/usr/share/datasets/fashion-mnist', dest: FASHION_REFERENCE_PATH });
await startBackend('ort');
const { train, test } = await readFashionMnist(data);
const extractor = await loadFashionMnistClassifier();

const start = performance.now();
const reference = await computeReference(extractor, batches(train), 'fashion-mnist train 32x32');
const seconds = (performance.now() - start) / 1000;
console.log(`${reference.numImages} images in ${seconds.toFixed(1)} s`);
await writeReference(dest, reference);
console.log(`wrote ${dest}`);

console.log('test images:', await evaluateImages(extractor, batches(test), reference));
console.log('first 5,000 test images:', await evaluateImages(extractor, batches(test, 0, 5000), reference));
const [first, second] = [
  await computeReference(extractor, batches(train, 0, 5000), 'first 5,000'),
  await computeReference(extractor, batches(train, 5000, 10_000), 'second 5,000'),
];
console.log('training images 1 to 5,000 against 5,001 to 10,000:', frechetDistance(first, second));
