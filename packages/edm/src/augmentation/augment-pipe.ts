import type { Rng } from '@onestep/random';
import { withDefaults, type Augmentation, type HostImages } from '@onestep/diffusion-core';
import { drawAugmentParameters, toLabel, UNCHANGED, type AugmentParameters } from './augment-parameters.js';
import { AUGMENT_DEFAULTS, type AugmentSettings } from './augment-settings.js';
import { adjustColors } from './color.js';
import { inverseGeometry } from './inverse-geometry.js';
import { movePixels } from './pixel-moves.js';
import { warp } from './warp.js';

/**
 * Non-leaking augmentation of training images (Karras et al. 2020, "Training generative adversarial networks with
 * limited data"; Appendix F.2, Karras et al. 2022). Each image goes through random transforms, and a label describes them
 * to the network, so that it learns the original images under the zero label.
 *
 * It runs on the host. The result for an image depends on its own parameters alone, not on its batch.
 */
export class AugmentPipe implements Augmentation {
  /** Complete settings. */
  readonly settings: AugmentSettings;
  /** Length of a label; a network's `augmentDim` must be equal. */
  readonly labelDim: number;

  /**
   * @param settings those left out or undefined have the published defaults
   * @throws RangeError if a setting is not 0 or more
   */
  constructor(settings: Partial<AugmentSettings>) {
    this.settings = withDefaults(AUGMENT_DEFAULTS, settings);
    for (const [name, value] of Object.entries(this.settings)) {
      if (!(value >= 0)) throw new RangeError(`The augmentation's ${name} must be 0 or more, not ${value}.`);
    }
    this.labelDim = toLabel(UNCHANGED, this.settings).length;
  }

  /** Draws the parameters of `n` images. */
  draw(n: number, rng: Rng): AugmentParameters[] {
    return drawAugmentParameters(this.settings, n, rng);
  }

  /**
   * Transforms images in place.
   *
   * @param images gray or RGB, usually in [-1, 1]
   * @param parameters one per image
   * @throws RangeError if there are more or fewer images than parameters, or they are neither gray nor RGB
   */
  apply({ pixels, size, channels, rows }: HostImages, parameters: readonly AugmentParameters[]): void {
    const length = size * size * channels;
    if (pixels.length !== parameters.length * length || (channels !== 1 && channels !== 3)) {
      throw new RangeError(
        `${parameters.length} gray or RGB images of ${size}x${size} cannot have ${channels} channels and ` +
          `${pixels.length} numbers.`,
      );
    }
    for (const [i, drawn] of parameters.entries()) {
      if (rows !== undefined && (i < rows.start || i >= rows.end)) continue;
      const image = pixels.subarray(i * length, (i + 1) * length);
      movePixels(image, size, channels, drawn, this.settings);
      const map = inverseGeometry(size, drawn, this.settings);
      if (map !== null) warp(image, size, channels, map);
      adjustColors(image, channels, drawn, this.settings);
    }
  }

  /**
   * Draws parameters and transforms images in place.
   *
   * @param images gray or RGB, usually in [-1, 1]
   * @returns [N, labelDim] row-major, the labels of the images
   * @throws RangeError if the images are neither gray nor RGB
   */
  augment(images: HostImages, rng: Rng): Float32Array {
    const { pixels, size, channels } = images;
    const parameters = this.draw(pixels.length / (size * size * channels), rng);
    this.apply(images, parameters);
    return this.labels(parameters);
  }

  /** Converts parameters to labels. @returns [N, labelDim] row-major */
  labels(parameters: readonly AugmentParameters[]): Float32Array {
    return Float32Array.from(parameters.flatMap((drawn) => toLabel(drawn, this.settings)));
  }
}
