/** What an extractor says about a batch of images. */
export interface ImageFeatures {
  /** n * featureDim numbers, image after image. */
  features: Float32Array;
  /** n * numClasses class probabilities; those of an image add up to 1. */
  probabilities: Float32Array;
}

/**
 * A network that sees images and says what is in them.
 *
 * A metric is a statement about one extractor: its name belongs beside every number, and numbers of different extractors
 * cannot be compared.
 */
export interface FeatureExtractor {
  name: string;
  featureDim: number;
  numClasses: number;
  /** Side of the images it takes, in pixels. */
  imgResolution: number;
  imgChannels: number;
  /**
   * @param images pixels 0 to 255 in NHWC order, n * imgResolution^2 * imgChannels bytes
   * @param n number of images
   */
  extract(images: Uint8Array, n: number): Promise<ImageFeatures>;
}

/** Some images on their way to an extractor: pixels 0 to 255 in NHWC order. */
export interface ImageBatch {
  images: Uint8Array;
  count: number;
}
