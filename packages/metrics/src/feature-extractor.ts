import type { PixelImage } from './resize/pixel-image.js';

/** The outputs of an extractor for `n` images, image by image. */
export interface ImageFeatures {
  /** [n, featureDim] */
  features: Float32Array;
  /** Class probabilities, [n, numClasses]; each image's add up to 1. Empty for an extractor without classes. */
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
  /** How it resizes images, in words, for reports; left out by an extractor that does not. */
  resizing?: string;
  /** Length of a feature vector. */
  featureDim: number;
  /** Number of class probabilities; 0 for an extractor without classes, for which there is no Inception Score. */
  numClasses: number;
  /** Names of the classes, in the order of the probabilities; left out where they are not known. */
  classNames?: readonly string[];
  /** Length of the spatial features that sFID compares; left out by an extractor without them. */
  spatialDim?: number;
  /** Height and width of the images it takes, in pixels. */
  imgResolution: number;
  /** Channels of the images it takes. */
  imgChannels: number;
  /**
   * Brings an image of any size to the extractor's, by a rule that its name or documentation states. Left out by an extractor
   * that takes images of its own size only.
   *
   * @returns pixels, about 0 to 255, not rounded, [imgResolution, imgResolution, imgChannels]
   */
  prepare?(image: PixelImage): Float32Array;
  /**
   * Computes features and class probabilities.
   *
   * @param images pixels 0 to 255, [n, imgResolution, imgResolution, imgChannels]: uint8, or what `prepare` returned
   * @param n number of images
   * @param options whether to return spatial features too; only for an extractor with `spatialDim`
   * @throws if `images` does not have that many pixels
   */
  extract(images: Uint8Array | Float32Array, n: number, options?: { spatial: boolean }): Promise<ImageFeatures>;
}

/** A batch of images on its way to an extractor. */
export interface ImageBatch {
  /** Pixels 0 to 255, [count, height, width, channels]: uint8, or what `prepare` of the extractor returned. */
  images: Uint8Array | Float32Array;
  /** Number of images. */
  count: number;
}
