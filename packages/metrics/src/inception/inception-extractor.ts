import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
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
  readonly spatialDim = INCEPTION_LAYERS.spatial;
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

  async extract(images: Uint8Array, n: number, { spatial } = { spatial: false }): Promise<ImageFeatures> {
    const { imgResolution, imgChannels, batchSize, layer, numClasses } = this;
    const layers = new Set<InceptionLayer>([layer, 'logits_unbiased', ...(spatial ? (['spatial'] as const) : [])]);
    const found = await forwardInBatches({ images, n, imgResolution, imgChannels, batchSize }, (pixels) =>
      this.network.forward(pixels, [...layers]),
    );
    const probabilities = softmaxRows(found.logits_unbiased, numClasses);
    return { features: found[layer], probabilities, ...(spatial && { spatial: found.spatial }) };
  }

  dispose(): void {
    this.network.dispose();
  }
}
