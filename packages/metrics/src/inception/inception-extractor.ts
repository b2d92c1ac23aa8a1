import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
import { softmaxRows } from '../softmax.js';
import { INCEPTION_LAYERS, type InceptionLayer, type InceptionNetwork } from './inception-network.js';
import { INCEPTION_CLASSES } from './weights.js';

/** The detector's name. With a layer other than FID's, `:LAYER` is appended to it. */
export const INCEPTION_DETECTOR = 'inception-2015-12-05';

/** Options of {@link InceptionExtractor}. */
export interface InceptionOptions {
  /** Height and width of the images in pixels. Any size: the network resizes them. */
  imgResolution: number;
  /** 1 (gray, repeated to three channels) or 3 (RGB). */
  imgChannels: 1 | 3;
  /** The layer whose outputs are the features. Default: `2048`, that of FID. */
  layer?: InceptionLayer;
  /** Images passed through the network at a time; memory is proportional to it. Default: 32. */
  batchSize?: number;
}

/**
 * The detector of published FIDs (Heusel et al. 2017). Class probabilities are computed without the bias of the last
 * layer, as in published Inception Scores.
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

  /** @param network owned by the extractor: `dispose()` frees it */
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

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}
