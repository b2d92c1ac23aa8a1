import * as tf from '@tensorflow/tfjs-core';
import type { Safetensors } from '@onestep/checkpoint';
import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { softmaxRows } from '../softmax.js';
import { CHANNELS, CLASSES, FashionCnn, FEATURES, RESOLUTION } from './fashion-cnn.js';

/** The detector's name, which stands beside every number made with it. It changes whenever the weights change. */
export const FASHION_DETECTOR = 'fashion-mnist-cnn-v0';

/** Images that pass through the network at a time. */
const CHUNK = 128;
const IMAGE_BYTES = RESOLUTION * RESOLUTION * CHANNELS;

/** A classifier of Fashion-MNIST as a feature extractor; it runs on the current tfjs backend. */
export class FashionExtractor implements FeatureExtractor {
  readonly name = FASHION_DETECTOR;
  readonly featureDim = FEATURES;
  readonly numClasses = CLASSES;
  readonly imgResolution = RESOLUTION;
  readonly imgChannels = CHANNELS;

  constructor(private readonly network: FashionCnn) {}

  /** Builds the network from a weights file. @throws if the weights are those of another network */
  static fromWeights({ tensors, metadata }: Safetensors): FashionExtractor {
    if (metadata.name !== FASHION_DETECTOR) {
      throw new Error(
        `The weights are those of ${metadata.name ?? 'a network without a name'}, not of ${FASHION_DETECTOR}.`,
      );
    }
    const network = new FashionCnn(null);
    network.loadStateDict(tensors);
    return new FashionExtractor(network);
  }

  async extract(images: Uint8Array, n: number): Promise<ImageFeatures> {
    if (images.length !== n * IMAGE_BYTES) {
      throw new Error(
        `${this.name} takes images of ${RESOLUTION}x${RESOLUTION}x${CHANNELS}, ${IMAGE_BYTES} bytes each: ${n} of them are ` +
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

  dispose(): void {
    this.network.dispose();
  }
}

/**
 * Pixels 0 to 255 as [N, 16, 16, 4] in [-1, 1]: blocks of 2x2 pixels become channels, which saves the network the work
 * at full resolution.
 */
export function toNetworkInput(images: Uint8Array): tf.Tensor4D {
  const half = RESOLUTION / 2;
  const values = new Float32Array(images.length);
  let at = 0;
  for (let block = 0; block < images.length / 4; block++) {
    // Blocks are counted row by row; an image has half * half of them, and a row of blocks covers two rows of pixels.
    const corner = Math.floor(block / half) * 2 * RESOLUTION + (block % half) * 2;
    for (const offset of [0, 1, RESOLUTION, RESOLUTION + 1]) values[at++] = images[corner + offset]! / 127.5 - 1;
  }
  return tf.tensor4d(values, [images.length / IMAGE_BYTES, half, half, 4]);
}
