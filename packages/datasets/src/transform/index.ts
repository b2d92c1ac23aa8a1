import type { PixelImage } from '../image-shape.js';
import { centerCrop, centerCropWide } from './crop.js';
import { resizeLanczos } from './lanczos.js';

/**
 * Names of the transforms of `dataset_tool.py`.
 *
 * @internal
 */
export const TRANSFORMS = ['center-crop', 'center-crop-wide'] as const;
/** Name of a transform. */
export type TransformName = (typeof TRANSFORMS)[number];

/** Width and height in pixels. */
export interface Resolution {
  width: number;
  height: number;
}

/** Transforms an image. Null means that it is left out. */
export type Transform = (image: PixelImage) => PixelImage | null;

const MAX_SIDE = 1 << 14;

/**
 * Makes the transform of a name. Without a name, images are resized, and gray ones stay gray. Without a
 * resolution, they stay as they are.
 *
 * @throws if there is no such transform, it needs a resolution and there is none, or the resolution is out of
 *   range
 */
export function makeTransform(name: TransformName | undefined, resolution: Resolution | undefined): Transform {
  if (name !== undefined && !TRANSFORMS.includes(name)) {
    throw new Error(`There is no transform ${String(name)}; use ${TRANSFORMS.join(' or ')}.`);
  }
  if (resolution === undefined) {
    if (name !== undefined) throw new Error(`The transform ${name} needs a resolution, such as 64x64.`);
    return (image) => image;
  }
  const { width, height } = resolution;
  for (const side of [width, height]) {
    if (!Number.isInteger(side) || side < 1 || side > MAX_SIDE) {
      throw new Error(`A resolution has sides of 1 to ${MAX_SIDE} pixels, not ${width}x${height}.`);
    }
  }
  if (name === undefined) return (image) => resizeLanczos(image, width, height);
  if (name === 'center-crop') return (image) => centerCrop(image, width, height);
  if (height > width) {
    throw new Error(`center-crop-wide needs a resolution with width >= height, got ${width}x${height}.`);
  }
  return (image) => centerCropWide(image, width, height);
}
