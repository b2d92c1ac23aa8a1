import * as tf from '@tensorflow/tfjs-core';
import { perImage } from '../per-image.js';
import { withoutGradient } from '../without-gradient.js';

/**
 * What becomes of pixels outside of [-1, 1], to which guidance pushes images:
 *
 * - `clip`: each is moved to the nearest end.
 * - `dynamic`: dynamic thresholding (Saharia et al. 2022, "Photorealistic text-to-image diffusion models", Section 2.3).
 *   Images are clipped to [-s, s] and divided by s, where s is a percentile of an image's absolute pixels, and at least 1.
 */
export const PIXEL_LIMITS = { clip: clipPixels, dynamic: thresholdPixels } as const;

/** Name of a limit of pixels. */
export type PixelLimit = keyof typeof PIXEL_LIMITS;

/** Percentile of the absolute pixels that a dynamic threshold keeps, as a share. */
const KEPT = 0.995;

function clipPixels(images: tf.Tensor4D): tf.Tensor4D {
  return tf.clipByValue(images, -1, 1);
}

/** The thresholds are constants in gradients. */
function thresholdPixels(images: tf.Tensor4D): tf.Tensor4D {
  const s = perImage(withoutGradient(() => tf.maximum(percentiles(images, KEPT), 1)));
  return tf.clipByValue(tf.div(images, s) as tf.Tensor4D, -1, 1);
}

/** Percentiles of each image's absolute pixels, interpolated linearly. @returns [N] */
function percentiles(images: tf.Tensor4D, share: number): tf.Tensor1D {
  const magnitudes = tf.abs(tf.reshape(images, [images.shape[0], -1]));
  const pixels = magnitudes.shape[1]!;
  const place = share * (pixels - 1);
  const below = Math.floor(place);
  const largest = tf.topk(magnitudes, pixels - below).values;
  const low = tf.slice(largest, [0, pixels - below - 1], [-1, 1]);
  if (below === pixels - 1) return tf.reshape(low, [-1]);
  const high = tf.slice(largest, [0, pixels - below - 2], [-1, 1]);
  return tf.reshape(tf.add(low, tf.mul(tf.sub(high, low), place - below)), [-1]);
}
