import * as tf from '@tensorflow/tfjs-core';
import type { Safetensors } from '@onestep/checkpoint';
import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { softmaxRows } from '../softmax.js';
import { CHANNELS, CLASSES, FashionCnn, FEATURES, RESOLUTION } from './fashion-cnn.js';

/** The detector's name, recorded with every number. It changes whenever the weights change. */
export const FASHION_DETECTOR = 'fashion-mnist-cnn-v0';

/** Images passed through the network at a time. */
const CHUNK = 128;
/** In the order of the data set (Xiao et al. 2017). */
const CLASS_NAMES = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
] as const;
const IMAGE_BYTES = RESOLUTION * RESOLUTION * CHANNELS;

/**
 * A small Fashion-MNIST classifier as a feature extractor, for 32x32 gray images. Its metrics compare generators of
 * Fashion-MNIST with each other; they are not comparable with published FIDs. Runs on the current tfjs backend.
 */
export class FashionExtractor implements FeatureExtractor {
  readonly name = FASHION_DETECTOR;
  readonly featureDim = FEATURES;
  readonly numClasses = CLASSES;
  readonly classNames = CLASS_NAMES;
  readonly imgResolution = RESOLUTION;
  readonly imgChannels = CHANNELS;

  /** @param network owned by the extractor: `dispose()` frees it */
  constructor(private readonly network: FashionCnn) {}

  /**
   * Builds the extractor from the contents of its weights file.
   *
   * @throws if the weights are those of another network
   */
  static fromWeights({ tensors, metadata }: Safetensors): FashionExtractor {
    if (metadata.name !== FASHION_DETECTOR) {
      throw new Error(
        `These weights are those of ${metadata.name ?? 'an unnamed network'}, not of ${FASHION_DETECTOR}.`,
      );
    }
    const network = new FashionCnn(null);
    network.loadStateDict(tensors);
    return new FashionExtractor(network);
  }

  async extract(images: Uint8Array, n: number): Promise<ImageFeatures> {
    if (images.length !== n * IMAGE_BYTES) {
      throw new Error(
        `${this.name} expects ${RESOLUTION}x${RESOLUTION}x${CHANNELS} pixels per image: ${n} images are ` +
          `${n * IMAGE_BYTES} bytes, not ${images.length}.`,
      );
    }
    const features = new Float32Array(n * FEATURES);
    const probabilities = new Float32Array(n * CLASSES);
    for (let start = 0; start < n; start += CHUNK) {
      const count = Math.min(CHUNK, n - start);
      const outputs = tf.tidy(() => {
        return this.network.forward(
          toNetworkInput(images.subarray(start * IMAGE_BYTES, (start + count) * IMAGE_BYTES)),
        );
      });
      features.set(await outputs.features.data(), start * FEATURES);
      probabilities.set(softmaxRows((await outputs.logits.data()) as Float32Array, CLASSES), start * CLASSES);
      tf.dispose(outputs);
    }
    return { features, probabilities };
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}

/**
 * Scales pixels to [-1, 1] and moves blocks of 2x2 into channels, which saves the network the work at full resolution.
 *
 * @param images uint8 gray pixels, [n, 32, 32]
 * @returns [n, 16, 16, 4]
 */
export function toNetworkInput(images: Uint8Array): tf.Tensor4D {
  const half = RESOLUTION / 2;
  const values = new Float32Array(images.length);
  let at = 0;
  for (let block = 0; block < images.length / 4; block++) {
    // Blocks are numbered row by row; a row of blocks covers two rows of pixels.
    const corner = Math.floor(block / half) * 2 * RESOLUTION + (block % half) * 2;
    for (const offset of [0, 1, RESOLUTION, RESOLUTION + 1]) values[at++] = images[corner + offset]! / 127.5 - 1;
  }
  return tf.tensor4d(values, [images.length / IMAGE_BYTES, half, half, 4]);
}
