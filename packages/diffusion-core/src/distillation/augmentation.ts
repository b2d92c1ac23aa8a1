import type { Rng } from '@onestep/random';
import type { Share } from '../processes/share-of.js';
import type { DenoiserNetwork } from '../denoiser.js';

/** Images in host memory. */
export interface HostImages {
  /** count * size * size * channels numbers, NHWC. */
  pixels: Float32Array;
  size: number;
  channels: number;
  /** The images that are needed: the others need not be transformed. Left out, all. */
  rows?: Share;
}

/** Transforms images before a network learns them, and describes to the network what was done. Runs on the host. */
export interface Augmentation {
  /** Length of the label that describes what was done to an image. */
  readonly labelDim: number;
  /**
   * Transforms images in place. What happens to an image depends on its position in the sequence of all images,
   * and not on the batch that it is in.
   *
   * @param rng drawn from image by image
   * @returns count * labelDim numbers: the label of each image
   */
  augment(images: HostImages, rng: Rng): Float32Array;
}

/**
 * Checks that a network takes the labels of an augmentation. Without them it would learn that images look augmented.
 *
 * @throws RangeError if it takes labels of another length
 * @internal
 */
export function checkAugmentation(augmentation: Augmentation | null, network: DenoiserNetwork): void {
  const length = network.augmentDim ?? 0;
  if (augmentation !== null && length !== augmentation.labelDim) {
    throw new RangeError(
      `The augmentation has labels of length ${augmentation.labelDim}, and the network takes ${length}: set its augmentDim.`,
    );
  }
}
