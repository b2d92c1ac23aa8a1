import { fileURLToPath } from 'node:url';
import { readSafetensors } from '@onestep/checkpoint/node';
import { FashionCnn } from '../classifier/fashion-cnn.js';
import { FASHION_DETECTOR, FashionExtractor } from '../classifier/fashion-extractor.js';
import { FashionFeatures } from '../classifier/fashion-features.js';
import type { ReferenceStatistics } from '../reference.js';
import { readReference } from './references/reference-file.js';

const asset = (name: string) => fileURLToPath(new URL(`../../assets/${name}`, import.meta.url));

/**
 * Path of the classifier's weights in this package.
 *
 * @internal
 */
export const FASHION_WEIGHTS_PATH = asset(`${FASHION_DETECTOR}.safetensors`);
/**
 * Path of the statistics of the 60,000 training images in this package.
 *
 * @internal
 */
export const FASHION_REFERENCE_PATH = asset(`fashion-mnist-32x32.${FASHION_DETECTOR}.safetensors`);

/**
 * Loads the classifier of this package (`fashion-mnist-cnn-v0`, see `assets/README.md`) on the current tfjs backend.
 */
export async function loadFashionMnistClassifier(): Promise<FashionExtractor> {
  return FashionExtractor.fromWeights(await readSafetensors(FASHION_WEIGHTS_PATH));
}

/**
 * Loads the feature maps of that classifier, for a perceptual distance on Fashion-MNIST: `perceptualDistance` of `@onestep/boot`
 * makes one of them.
 */
export async function loadFashionMnistFeatures(): Promise<FashionFeatures> {
  const { tensors } = await readSafetensors(FASHION_WEIGHTS_PATH);
  const network = new FashionCnn(null);
  network.loadStateDict(tensors);
  return new FashionFeatures(network);
}

/** Loads the statistics of Fashion-MNIST's 60,000 training images, computed with that classifier. */
export async function loadFashionMnistReference(): Promise<ReferenceStatistics> {
  return readReference(FASHION_REFERENCE_PATH);
}
