import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
import type { PixelImage } from '../resize/pixel-image.js';
import { RESIZE_RULES, resizeToSquare } from '../resize/resize-rules.js';
import { softmaxRows } from '../softmax.js';
import type { Vgg16Network } from './vgg16-network.js';

/** The detector's name: VGG16 with torchvision's weights. */
export const VGG16_DETECTOR = 'vgg16-torchvision';

/** Options of {@link Vgg16Extractor}. */
export interface Vgg16Options {
  /** Height and width of the images in pixels. Any size: the network resizes them. */
  imgResolution: number;
  /** 1 (gray, repeated to three channels) or 3 (RGB). */
  imgChannels: 1 | 3;
  /** Images passed through the network at a time; memory is proportional to it. Default: 16. */
  batchSize?: number;
}

/**
 * The detector of published precision and recall (Kynkäänniemi et al. 2019): the second linear layer of VGG16, with
 * torchvision's weights.
 */
export class Vgg16Extractor implements FeatureExtractor {
  readonly name = VGG16_DETECTOR;
  readonly resizing = RESIZE_RULES.tensorflow1.about;
  readonly featureDim: number;
  readonly numClasses: number;
  readonly imgResolution: number;
  readonly imgChannels: number;
  private readonly batchSize: number;

  /** @param network owned by the extractor: `dispose()` frees it */
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

  /** Resizes an image of any size to the network's, 224x224. Only for an extractor of that size. */
  prepare(image: PixelImage): Float32Array {
    return resizeToSquare(image, this.network.sizes.resolution, 'tensorflow1');
  }

  async extract(images: Uint8Array | Float32Array, n: number): Promise<ImageFeatures> {
    const { imgResolution, imgChannels, batchSize } = this;
    const { features, logits } = await forwardInBatches(
      { images, n, imgResolution, imgChannels, batchSize },
      (pixels) => this.network.forward(pixels),
    );
    return { features, probabilities: softmaxRows(logits, this.numClasses) };
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}
