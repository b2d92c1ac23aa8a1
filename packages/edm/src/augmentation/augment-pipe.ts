import type { Rng } from '@onestep/random';
import type { Augmentation, HostImages } from '@onestep/diffusion-core';
import { inverseGeometry } from './affine-map.js';
import { augmentLabel, drawAugmentParameters, UNCHANGED, type AugmentParameters } from './augment-parameters.js';
import { AUGMENT_DEFAULTS, type AugmentSettings } from './augment-settings.js';
import { changeColours } from './colour.js';
import { movePixels } from './pixel-moves.js';
import { warp } from './warp.js';

/**
 * Non-leaking augmentation of training images (Karras et al. 2020, "Training generative adversarial networks with
 * limited data"; Appendix F.2, Karras et al. 2022): each image goes through random transforms, and the network is told
 * which, so that it learns the images as they are when told none.
 *
 * It runs on the host: an image's work and result depend on its own parameters alone, not on the batch it is in.
 */
export class AugmentPipe implements Augmentation {
  /** Complete. */
  readonly settings: AugmentSettings;
  /** Length of a label: what `augmentDim` of a network has to be. */
  readonly labelDim: number;

  /** @throws RangeError if a setting is not a number from 0 on */
  constructor(settings: Partial<AugmentSettings>) {
    this.settings = { ...AUGMENT_DEFAULTS, ...settings };
    for (const [name, value] of Object.entries(this.settings)) {
      if (!(value >= 0)) throw new RangeError(`The augmentation's ${name} must be a number from 0 on, not ${value}.`);
    }
    this.labelDim = augmentLabel(UNCHANGED, this.settings).length;
  }

  /** Draws what happens to `n` images. */
  draw(n: number, rng: Rng): AugmentParameters[] {
    return drawAugmentParameters(this.settings, n, rng);
  }

  /**
   * Transforms images in place.
   *
   * @param images grey or RGB, usually in [-1, 1]
   * @param parameters one for each image
   * @throws RangeError if there are more or fewer images than parameters, or they are neither grey nor RGB
   */
  apply({ pixels, size, channels }: HostImages, parameters: readonly AugmentParameters[]): void {
    const length = size * size * channels;
    if (pixels.length !== parameters.length * length || (channels !== 1 && channels !== 3)) {
      throw new RangeError(
        `${parameters.length} grey or RGB images of ${size}x${size} cannot have ${channels} channels and ` +
          `${pixels.length} numbers.`,
      );
    }
    for (const [i, drawn] of parameters.entries()) {
      const image = pixels.subarray(i * length, (i + 1) * length);
      movePixels(image, size, channels, drawn, this.settings);
      const map = inverseGeometry(size, drawn, this.settings);
      if (map !== null) warp(image, size, channels, map);
      changeColours(image, channels, drawn, this.settings);
    }
  }

  augment(images: HostImages, rng: Rng): Float32Array {
    const { pixels, size, channels } = images;
    const parameters = this.draw(pixels.length / (size * size * channels), rng);
    this.apply(images, parameters);
    return this.labels(parameters);
  }

  /** @returns parameters.length * labelDim numbers, image by image */
  labels(parameters: readonly AugmentParameters[]): Float32Array {
    return Float32Array.from(parameters.flatMap((drawn) => augmentLabel(drawn, this.settings)));
  }
}
