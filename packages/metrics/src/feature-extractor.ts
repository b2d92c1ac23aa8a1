/** The outputs of an extractor for `n` images, image by image. */
export interface ImageFeatures {
  /** [n, featureDim] */
  features: Float32Array;
  /** Class probabilities, [n, numClasses]; each image's add up to 1. */
  probabilities: Float32Array;
  /** Activations that are not averaged over places, [n, spatialDim]; present where they were requested. */
  spatial?: Float32Array;
}

/**
 * A network that maps images to feature vectors and class probabilities: the detector of a metric.
 *
 * Metrics of different extractors cannot be compared. Print the extractor's name with every number.
 */
export interface FeatureExtractor {
  /** Unique name, recorded with every number. It changes whenever the weights change. */
  name: string;
  /** Length of a feature vector. */
  featureDim: number;
  /** Number of class probabilities. */
  numClasses: number;
  /** Length of the spatial features that sFID compares; left out by an extractor without them. */
  spatialDim?: number;
  /** Height and width of the images it takes, in pixels. */
  imgResolution: number;
  /** Channels of the images it takes. */
  imgChannels: number;
  /**
   * Computes features and class probabilities.
   *
   * @param images uint8 pixels, [n, imgResolution, imgResolution, imgChannels]
   * @param n number of images
   * @param options whether to return spatial features too; only for an extractor with `spatialDim`
   * @throws if `images` does not have that many bytes
   */
  extract(images: Uint8Array, n: number, options?: { spatial: boolean }): Promise<ImageFeatures>;
}

/** A batch of images on its way to an extractor. */
export interface ImageBatch {
  /** uint8 pixels, [count, height, width, channels] */
  images: Uint8Array;
  /** Number of images. */
  count: number;
}
