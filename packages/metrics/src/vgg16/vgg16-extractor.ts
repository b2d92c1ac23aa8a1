import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
import { softmaxRows } from '../softmax.js';
import type { Vgg16Network } from './vgg16-network.js';

/** The detector's name: VGG16 with torchvision's weights. */
export const VGG16_DETECTOR = 'vgg16-torchvision';

/** What images an extractor sees, and how many at a time. */
export interface Vgg16Options {
  /** Side of the images in pixels, any; the network resizes them. */
  imgResolution: number;
  /** 1 (gray, which becomes three equal channels) or 3. */
  imgChannels: 1 | 3;
  /** Images that pass through the network at a time; memory is in proportion to them. */
  batchSize?: number;
}

/** The features in which Kynkäänniemi et al. 2019 measure precision and recall: VGG16's second linear layer. */
export class Vgg16Extractor implements FeatureExtractor {
  readonly name = VGG16_DETECTOR;
  readonly featureDim: number;
  readonly numClasses: number;
  readonly imgResolution: number;
  readonly imgChannels: number;
  private readonly batchSize: number;

  constructor(
    private readonly network: Vgg16Network,
    { imgResolution, imgChannels, batchSize = 16 }: Vgg16Options,
  ) {
    this.featureDim = network.sizes.hidden;
    this.numClasses = network.sizes.classes;
    this.imgResolution = imgResolution;
    this.imgChannels = imgChannels;
    this.batchSize = batchSize;
  }

  async extract(images: Uint8Array, n: number): Promise<ImageFeatures> {
    const { imgResolution, imgChannels, batchSize } = this;
    const { features, logits } = await forwardInBatches(
      { images, n, imgResolution, imgChannels, batchSize },
      (pixels) => this.network.forward(pixels),
    );
    return { features, probabilities: softmaxRows(logits, this.numClasses) };
  }

  dispose(): void {
    this.network.dispose();
  }
}
