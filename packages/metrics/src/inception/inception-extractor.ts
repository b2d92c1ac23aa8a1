import * as tf from '@tensorflow/tfjs-core';
import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { softmaxRows } from '../softmax.js';
import { INCEPTION_LAYERS, type InceptionLayer, type InceptionNetwork } from './inception-network.js';
import { INCEPTION_CLASSES } from './weights.js';

/** The detector's name; of a layer other than the one of FID, with the layer behind it. */
export const INCEPTION_DETECTOR = 'inception-2015-12-05';

/** Settings of {@link InceptionExtractor}. */
export interface InceptionOptions {
  /** Side of the images in pixels, any; the network resizes them. */
  imgResolution: number;
  /** 1 (gray, which becomes three equal channels) or 3. */
  imgChannels: 1 | 3;
  /** The features: 2048, those of FID, by default. */
  layer?: InceptionLayer;
  /** Images that pass through the network at a time; memory is in proportion to them. */
  batchSize?: number;
}

/**
 * The detector of published FIDs. Class probabilities are those without the last bias, as the published Inception Scores
 * take them.
 */
export class InceptionExtractor implements FeatureExtractor {
  readonly name: string;
  readonly featureDim: number;
  readonly numClasses = INCEPTION_CLASSES;
  readonly imgResolution: number;
  readonly imgChannels: number;
  private readonly layer: InceptionLayer;
  private readonly batchSize: number;

  constructor(
    private readonly network: InceptionNetwork,
    { imgResolution, imgChannels, layer = '2048', batchSize = 32 }: InceptionOptions,
  ) {
    this.name = layer === '2048' ? INCEPTION_DETECTOR : `${INCEPTION_DETECTOR}:${layer}`;
    this.featureDim = INCEPTION_LAYERS[layer];
    this.imgResolution = imgResolution;
    this.imgChannels = imgChannels;
    this.layer = layer;
    this.batchSize = batchSize;
  }

  async extract(images: Uint8Array, n: number): Promise<ImageFeatures> {
    const { imgResolution: size, imgChannels: channels, batchSize, featureDim, numClasses } = this;
    const bytes = size * size * channels;
    if (images.length !== n * bytes) {
      throw new Error(
        `${n} images of ${size}x${size}x${channels} are ${n * bytes} bytes, not ${images.length}: what this extractor sees.`,
      );
    }
    const features = new Float32Array(n * featureDim);
    const logits = new Float32Array(n * numClasses);
    for (let start = 0; start < n; start += batchSize) {
      const count = Math.min(batchSize, n - start);
      // The last batch is filled up: an engine that compiles sees one shape, whatever the number of images.
      const pixels = new Float32Array(batchSize * bytes);
      pixels.set(images.subarray(start * bytes, (start + count) * bytes));
      const outputs = tf.tidy(() =>
        this.network.forward(tf.tensor4d(pixels, [batchSize, size, size, channels]), [this.layer, 'logits_unbiased']),
      );
      const [found, scores] = [await outputs[this.layer].data(), await outputs.logits_unbiased.data()];
      tf.dispose(outputs);
      features.set(found.subarray(0, count * featureDim), start * featureDim);
      logits.set(scores.subarray(0, count * numClasses), start * numClasses);
    }
    return { features, probabilities: softmaxRows(logits, numClasses) };
  }

  dispose(): void {
    this.network.dispose();
  }
}
