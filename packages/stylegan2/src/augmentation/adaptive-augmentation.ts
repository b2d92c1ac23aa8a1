import * as tf from '@tensorflow/tfjs-core';
import { changeColors, COLORFUL, drawColors, type ColorTables } from './change-colors.js';
import { drawCutouts, drawNoise } from './corrupt-images.js';
import { drawGeometry, GEOMETRIC } from './draw-geometry.js';
import { FILTER_REACH } from './filter-bank.js';
import { drawFilters, filterImages, type FilterTables } from './filter-images.js';
import type { HostTable } from './host-table.js';
import { completeMultipliers, type AugmentationMultipliers } from './multipliers.js';
import type { RandomSource } from './random-source.js';
import { tabulateWarp, warpImages, type WarpTables } from './warp-images.js';

/** Tables of the stages of an augmentation; those that are off have none. */
type Tables<T> = {
  warp?: Record<keyof WarpTables, T>;
  color?: Record<keyof ColorTables, T>;
  filter?: Record<keyof FilterTables, T>;
  noise?: T;
  cutout?: T;
};

/** Transforms drawn for a batch, on the host. Shapes depend on the number of images only. */
export type DrawnAugmentations = Tables<HostTable>;
/** The same as tensors: inputs of a compiled step. */
export type AugmentationTensors = Tables<tf.Tensor>;

/**
 * Augmentation of what a discriminator sees (ADA; Karras et al. 2020, "Training generative adversarial networks with limited
 * data", Appendix B). Each transform of an image happens with a probability that is p times a multiplier; p may change
 * from batch to batch.
 *
 * Transforms are drawn on the host. Applying them is a function of tensors, affine in the images, with derivatives of any
 * order, and can be replayed with other draws: see `compileStep`.
 *
 * With a geometric transform on, images are resampled even where they did not draw one, so that p = 0 is not exactly the
 * identity. How far a batch is continued at its edges depends on all its images, as published.
 */
export class AdaptiveAugmentation {
  /** Complete multipliers. */
  readonly multipliers: AugmentationMultipliers;

  /**
   * @param multipliers those left out are 0; see `AUGMENTATION_PRESETS`
   * @param images size and channels of the images
   * @throws RangeError if a multiplier is not a number from 0, or images of this kind cannot be transformed so
   */
  constructor(
    multipliers: Partial<AugmentationMultipliers>,
    readonly images: { size: number; channels: number },
  ) {
    this.multipliers = completeMultipliers(multipliers);
    const { size, channels } = images;
    if (channels !== 1 && channels !== 3 && this.isOn(COLORFUL)) {
      throw new RangeError(
        `Only the colors of gray and RGB images can be changed, not of images with ${channels} channels: set the ` +
          `multipliers ${COLORFUL.join(', ')} to 0.`,
      );
    }
    if (this.multipliers.imgfilter > 0 && size <= FILTER_REACH) {
      throw new RangeError(
        `Images of ${size}x${size} are too small for imgfilter, which needs ${FILTER_REACH + 1}x${FILTER_REACH + 1}: set ` +
          'its multiplier to 0.',
      );
    }
  }

  private isOn(names: readonly (keyof AugmentationMultipliers)[]): boolean {
    return names.some((name) => this.multipliers[name] > 0);
  }

  /**
   * Draws the transforms of a batch, in the published order.
   *
   * @param n number of images
   * @param p probability of a transform whose multiplier is 1, from 0 to 1
   */
  draw(rng: RandomSource, n: number, p: number): DrawnAugmentations {
    const { multipliers } = this;
    const { size, channels } = this.images;
    const drawn: DrawnAugmentations = {};
    if (this.isOn(GEOMETRIC)) drawn.warp = tabulateWarp(size, drawGeometry(multipliers, { n, size, p, rng }));
    if (this.isOn(COLORFUL)) drawn.color = drawColors(multipliers, { n, channels, p, rng });
    const { imgfilter, noise, cutout } = multipliers;
    if (imgfilter > 0) drawn.filter = drawFilters({ n, size, probability: imgfilter * p, rng });
    if (noise > 0) drawn.noise = drawNoise({ n, size, channels, probability: noise * p, rng });
    if (cutout > 0) drawn.cutout = drawCutouts({ n, size, probability: cutout * p, rng });
    return drawn;
  }
}

/** Uploads drawn transforms. @returns tensors that belong to the caller (or the tidy scope around the call) */
export function uploadAugmentations({ warp, color, filter, noise, cutout }: DrawnAugmentations): AugmentationTensors {
  return {
    ...(warp && { warp: uploadEach(warp) }),
    ...(color && { color: uploadEach(color) }),
    ...(filter && { filter: uploadEach(filter) }),
    ...(noise && { noise: upload(noise) }),
    ...(cutout && { cutout: upload(cutout) }),
  };
}

function upload({ values, shape }: HostTable): tf.Tensor {
  return tf.tensor(values, [...shape], values instanceof Int32Array ? 'int32' : 'float32');
}

function uploadEach<K extends string>(tables: Record<K, HostTable>): Record<K, tf.Tensor> {
  const entries = Object.entries<HostTable>(tables).map(([name, table]) => [name, upload(table)]);
  return Object.fromEntries(entries) as Record<K, tf.Tensor>;
}

/**
 * Transforms images as drawn: geometry, colors, filter, noise, cutout.
 *
 * @param images [N, S, S, C], usually in [-1, 1]
 * @param tensors of {@link uploadAugmentations}, for N images; they have to outlive the gradient
 * @returns [N, S, S, C]
 */
export function augment(images: tf.Tensor4D, tensors: AugmentationTensors): tf.Tensor4D {
  const { warp, color, filter, noise, cutout } = tensors;
  return tf.tidy(() => {
    let out = images;
    if (warp) out = warpImages(out, warp);
    if (color) out = changeColors(out, color);
    if (filter) out = filterImages(out, filter);
    if (noise) out = tf.add(out, noise);
    if (cutout) out = tf.mul(out, cutout);
    return out === images ? tf.clone(images) : out;
  });
}
