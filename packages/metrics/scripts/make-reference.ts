/**
 * Computes the statistics of the 60,000 training images that distances are measured to, and two distances that say
 * what good values are: that of the 10,000 test images, and that of two halves of the training images to each other.
 *
 *   node --conditions=@onestep/source --import tsx packages/metrics/scripts/make-reference.ts
 */
import { startBackend } from '@onestep/backends';
import { evaluateImages, frechetDistance, referenceOf } from '@onestep/metrics';
import { FASHION_REFERENCE_PATH, loadFashionMnistClassifier, writeReference } from '@onestep/metrics/node';
import { readFashionMnist } from './fashion-mnist.js';
import { readOptions } from './options.js';
import { batches } from './read-images.js';

const { data, dest } = readOptions({ data: '/usr/share/datasets/fashion-mnist', dest: FASHION_REFERENCE_PATH });
await startBackend('ort');
const { train, test } = await readFashionMnist(data);
const extractor = await loadFashionMnistClassifier();

const start = performance.now();
const reference = await referenceOf(extractor, batches(train), 'fashion-mnist train 32x32');
const seconds = (performance.now() - start) / 1000;
console.log(`${reference.numImages} images in ${seconds.toFixed(1)} s`);
await writeReference(dest, reference);
console.log(`wrote ${dest}`);

console.log('test images:', await evaluateImages(extractor, batches(test), reference));
console.log('first 5,000 test images:', await evaluateImages(extractor, batches(test, 0, 5000), reference));
const [first, second] = [
  await referenceOf(extractor, batches(train, 0, 5000), 'first 5,000'),
  await referenceOf(extractor, batches(train, 5000, 10_000), 'second 5,000'),
];
console.log('training images 1 to 5,000 against 5,001 to 10,000:', frechetDistance(first, second));
