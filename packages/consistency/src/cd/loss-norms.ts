import * as tf from '@tensorflow/tfjs-core';
import { oneOf, settleDistance, type Check, type Distance } from '@onestep/diffusion-core';
import { bilinearResize } from '@onestep/nn';

/** Sides below which images are enlarged before LPIPS compares them, and the side that they get. */
const LPIPS_SMALL = 256;
const LPIPS_SIZE = 224;

const meanOfSquares: Distance = (a, b) => tf.mean(tf.squaredDifference(a, b), [1, 2, 3]);

/** Distances of images by their names in the published script: means over the numbers of an image. */
const NORMS = {
  l1: (a, b) => tf.mean(tf.abs(tf.sub(a, b)), [1, 2, 3]),
  l2: meanOfSquares,
  'l2-32': (a, b) => meanOfSquares(bilinearResize(a, 32), bilinearResize(b, 32)),
} as const satisfies Record<string, Distance>;

/** A distance by its name. `lpips` needs the caller's network: see `MethodArgs.perceptual`. */
export type LossNorm = keyof typeof NORMS | 'lpips';

const NAMES: Record<LossNorm, unknown> = { ...NORMS, lpips: null };

/** A name of a distance; from a program also a function. */
export const lossNorm: Check<LossNorm | Distance> = {
  ...oneOf(NAMES),
  accepts: (value) => typeof value === 'function' || oneOf(NAMES).accepts(value),
};

/** A distance in one word, for names of folders. */
export function nameLossNorm(chosen: LossNorm | Distance): string {
  return typeof chosen === 'function' ? chosen.name || 'loss' : chosen;
}

/**
 * Finds a distance. LPIPS sees images of less than 256 pixels enlarged to 224, as published.
 *
 * @param perceptual the distance that `lpips` stands for
 * @throws RangeError if it is `lpips` and there is no such network
 */
export function settleLossNorm(chosen: LossNorm | Distance, perceptual: Distance | undefined): Distance {
  if (typeof chosen !== 'function' && chosen !== 'lpips') return NORMS[chosen];
  const distance = settleDistance(chosen, perceptual);
  return typeof chosen === 'function' ? chosen : (a, b) => distance(enlarge(a), enlarge(b));
}

function enlarge(images: tf.Tensor4D): tf.Tensor4D {
  return images.shape[1] < LPIPS_SMALL ? bilinearResize(images, LPIPS_SIZE) : images;
}
