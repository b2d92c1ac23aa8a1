/** What an extractor says about a batch of images. */
export interface ImageFeatures {
  /** n * featureDim numbers, image after image. */
  features: Float32Array;
  /** n * numClasses class probabilities; those of an image add up to 1. */
  probabilities: Float32Array;
  /** n * spatialDim numbers, where they were asked for: activations that are not averaged over places. */
  spatial?: Float32Array;
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
  /** Length of the spatial features that sFID compares; left out by an extractor without them. */
  spatialDim?: number;
  /** Side of the images it takes, in pixels. */
  imgResolution: number;
  imgChannels: number;
  /**
   * @param images pixels 0 to 255 in NHWC order, n * imgResolution^2 * imgChannels bytes
   * @param n number of images
   * @param wanted whether spatial features are wanted too; only of an extractor with `spatialDim`
   */
  extract(images: Uint8Array, n: number, wanted?: { spatial: boolean }): Promise<ImageFeatures>;
}

/** Some images on their way to an extractor: pixels 0 to 255 in NHWC order. */
export interface ImageBatch {
  images: Uint8Array;
  count: number;
}
