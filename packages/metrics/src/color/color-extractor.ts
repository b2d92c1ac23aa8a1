import type { Safetensors } from '@onestep/checkpoint';
import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import { forwardInBatches } from '../forward-in-batches.js';
import type { PixelImage } from '../resize/pixel-image.js';
import { RESIZE_RULES, resizeToSquare } from '../resize/resize-rules.js';
import { softmaxRows } from '../softmax.js';
import { ColorCnn, FEATURES, QUESTIONS, RESOLUTION } from './color-cnn.js';

/** The detector's name, recorded with every number. It changes whenever the weights change. */
export const COLOR_DETECTOR = 'onestep-color-v0';

const RULE = 'pillow-bicubic-float';

/** Images passed through the network at a time. */
const BATCH = 64;

/**
 * A small network for color pictures of any size, trained on drawn pictures: a detector that needs no download. Its metrics
 * compare generators with each other; they are not comparable with published FIDs. Runs on the current tfjs backend.
 *
 * Pictures are resized to 64x64 with Pillow's bicubic kernel and antialiasing, not rounded; gray ones are repeated to three
 * channels.
 */
export class ColorExtractor implements FeatureExtractor {
  readonly name = COLOR_DETECTOR;
  readonly resizing = `${RESIZE_RULES[RULE].about}, to ${RESOLUTION}x${RESOLUTION}`;
  readonly featureDim = FEATURES;
  readonly numClasses = QUESTIONS.object;
  readonly imgResolution = RESOLUTION;
  readonly imgChannels = 3;

  /** @param network owned by the extractor: `dispose()` frees it */
  constructor(private readonly network: ColorCnn) {}

  /**
   * Builds the extractor from the contents of its weights file.
   *
   * @throws if the weights are those of another network
   */
  static fromWeights({ tensors, metadata }: Safetensors): ColorExtractor {
    if (metadata.name !== COLOR_DETECTOR) {
      throw new Error(`These weights are those of ${metadata.name ?? 'an unnamed network'}, not of ${COLOR_DETECTOR}.`);
    }
    const network = new ColorCnn(null);
    network.loadStateDict(tensors);
    return new ColorExtractor(network);
  }

  prepare(image: PixelImage): Float32Array {
    return resizeToSquare(image, RESOLUTION, RULE);
  }

  async extract(images: Uint8Array | Float32Array, n: number): Promise<ImageFeatures> {
    const { imgResolution, imgChannels, numClasses } = this;
    const { features, logits } = await forwardInBatches(
      { images, n, imgResolution, imgChannels, batchSize: BATCH },
      (pixels) => this.network.forward(pixels),
    );
    const width = logits.length / n;
    const objects = new Float32Array(n * numClasses);
    for (let i = 0; i < n; i++) objects.set(logits.subarray(i * width, i * width + numClasses), i * numClasses);
    return { features, probabilities: softmaxRows(objects, numClasses) };
  }

  /** Frees the network. */
  dispose(): void {
    this.network.dispose();
  }
}
