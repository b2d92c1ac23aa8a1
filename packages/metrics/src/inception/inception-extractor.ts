import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
import { softmaxRows } from '../softmax.js';
import type { PixelImage } from '../resize/pixel-image.js';
import { resizeToSquare } from '../resize/resize-rules.js';
import { INCEPTION_RULES, type InceptionRuleName } from './inception-rules.js';
import { INCEPTION_INPUT, INCEPTION_LAYERS, type InceptionLayer, type InceptionNetwork } from './inception-network.js';
import { INCEPTION_CLASSES } from './weights.js';

/** The detector's name. With a layer other than FID's, `:LAYER` is appended to it; with another rule than EDM's, `/RULE`. */
export const INCEPTION_DETECTOR = 'inception-2015-12-05';

/** Returns the detector's name with a rule for the size of images. */
export function inceptionDetector(rule: InceptionRuleName): string {
  return rule === 'edm' ? INCEPTION_DETECTOR : `${INCEPTION_DETECTOR}/${rule}`;
}

/** Options of {@link InceptionExtractor}. */
export interface InceptionOptions {
  /** Height and width of the images in pixels. Any size with EDM's rule: the network resizes them. Others: 299. */
  imgResolution: number;
  /** 1 (gray, repeated to three channels) or 3 (RGB). */
  imgChannels: 1 | 3;
  /** The layer whose outputs are the features. Default: `2048`, that of FID. */
  layer?: InceptionLayer;
  /** The program whose rule resizes and scales images. Default: `edm`. Others need images that `prepare` has resized. */
  rule?: InceptionRuleName;
  /** Images passed through the network at a time; memory is proportional to it. Default: 32. */
  batchSize?: number;
}

/**
 * The detector of published FIDs (Heusel et al. 2017). Class probabilities are computed without the bias of the last
 * layer, as in published Inception Scores.
 */
export class InceptionExtractor implements FeatureExtractor {
  readonly name: string;
  readonly resizing: string;
  readonly featureDim: number;
  readonly numClasses = INCEPTION_CLASSES;
  readonly spatialDim = INCEPTION_LAYERS.spatial;
  readonly imgResolution: number;
  readonly imgChannels: number;
  private readonly layer: InceptionLayer;
  private readonly rule: InceptionRuleName;
  private readonly batchSize: number;

  /**
   * @param network owned by the extractor: `dispose()` frees it
   * @throws if images of another size than the network's have a rule that the network does not know
   */
  constructor(
    private readonly network: InceptionNetwork,
    { imgResolution, imgChannels, layer = '2048', rule = 'edm', batchSize = 32 }: InceptionOptions,
  ) {
    if (rule !== 'edm' && imgResolution !== INCEPTION_INPUT) {
      throw new Error(`With the rule of ${rule}, images have to be prepared to ${INCEPTION_INPUT}x${INCEPTION_INPUT}.`);
    }
    this.name = `${inceptionDetector(rule)}${layer === '2048' ? '' : `:${layer}`}`;
    this.rule = rule;
    this.resizing = INCEPTION_RULES[rule].about;
    this.featureDim = INCEPTION_LAYERS[layer];
    this.imgResolution = imgResolution;
    this.imgChannels = imgChannels;
    this.layer = layer;
    this.batchSize = batchSize;
  }

  /** Resizes an image of any size to 299x299 by the extractor's rule. Only for an extractor of that size. */
  prepare(image: PixelImage): Float32Array {
    return resizeToSquare(image, INCEPTION_INPUT, INCEPTION_RULES[this.rule].resize);
  }

  async extract(
    images: Uint8Array | Float32Array,
    n: number,
    { spatial } = { spatial: false },
  ): Promise<ImageFeatures> {
    const { imgResolution, imgChannels, batchSize, layer, numClasses } = this;
    const layers = new Set<InceptionLayer>([layer, 'logits_unbiased', ...(spatial ? (['spatial'] as const) : [])]);
    const found = await forwardInBatches({ images, n, imgResolution, imgChannels, batchSize }, (pixels) =>
      this.network.forward(pixels, [...layers], INCEPTION_RULES[this.rule]),
    );
    const probabilities = softmaxRows(found.logits_unbiased, numClasses);
    return { features: found[layer], probabilities, ...(spatial && { spatial: found.spatial }) };
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}
