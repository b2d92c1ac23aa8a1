import type { Rng } from '@onestep/random';
import type { DenoiserNetwork } from '../denoiser.js';

/** Images in host memory. */
export interface HostImages {
  /** count * size * size * channels numbers, NHWC. */
  pixels: Float32Array;
  size: number;
  channels: number;
}

/** What images go through before a network learns them, and how it is told. It runs on the host. */
export interface Augmentation {
  /** Length of the label that tells a network what was done to an image. */
  readonly labelDim: number;
  /**
   * Transforms images in place; what happens to one depends on its place in the sequence of all images and not on the
   * batch it is in.
   *
   * @param rng is drawn from image by image
   * @returns count * labelDim numbers: the label of each image
   */
  augment(images: HostImages, rng: Rng): Float32Array;
}

/**
 * A network that is not told what was done to its images would learn to make such images.
 *
 * @throws RangeError if it takes labels of another length
 */
export function checkAugmentation(augmentation: Augmentation | null, network: DenoiserNetwork): void {
  const told = network.augmentDim ?? 0;
  if (augmentation !== null && told !== augmentation.labelDim) {
    throw new RangeError(
      `The augmentation has labels of length ${augmentation.labelDim}, and the network takes ${told}: set its augmentDim.`,
    );
  }
}
