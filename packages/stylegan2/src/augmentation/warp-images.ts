import * as tf from '@tensorflow/tfjs-core';
import type { AffineMap } from '@onestep/diffusion-core';
import type { HostTable } from './host-table.js';
import { doubledLength, doublingMatrix, findMargins, halvingMatrix, sampledLength } from './resampling-matrices.js';
import { sampleBilinearly } from './sample-bilinearly.js';
import { findSamplingPlaces } from './sampling-places.js';

/** What geometric transforms of a batch need. The shapes depend on the size and the number of images only. */
export type WarpTables = Record<'doubleX' | 'doubleY' | 'corner' | 'right' | 'lower', HostTable>;

/** Computes the tables of a batch. @param maps from points of the results to points of the images */
export function tabulateWarp(size: number, maps: readonly AffineMap[]): WarpTables {
  const { left, top, right, bottom } = findMargins(size, maps);
  const doubling = (values: Float32Array): HostTable => ({ values, shape: [size, doubledLength(size)] });
  const places = findSamplingPlaces(size, maps);
  const vector = (values: Float32Array | Int32Array): HostTable => ({ values, shape: [values.length] });
  return {
    doubleX: doubling(doublingMatrix(size, left, right)),
    doubleY: doubling(doublingMatrix(size, top, bottom)),
    corner: vector(places.corner),
    right: vector(places.right),
    lower: vector(places.lower),
  };
}

/**
 * Transforms images without aliasing (Karras et al. 2020, "Training GANs with limited data", Appendix B): continues them
 * by mirroring, doubles their resolution, samples it bilinearly, and halves the resolution. Linear in the images;
 * differentiable any number of times.
 *
 * All but the sampling is products with matrices, so that the margins of a batch are numbers and not shapes.
 *
 * @param images [N, S, S, C]
 * @param tables tensors of {@link tabulateWarp}; they have to outlive the gradient
 * @returns [N, S, S, C]
 */
export function warpImages(images: tf.Tensor4D, tables: Record<keyof WarpTables, tf.Tensor>): tf.Tensor4D {
  const [n, size, , channels] = images.shape;
  const { doubleX, doubleY, corner, right, lower } = tables as Record<keyof WarpTables, tf.Tensor1D & tf.Tensor2D>;
  const planes = tf.transpose(images, [3, 0, 1, 2]);
  const doubled = resampleAxes(planes, doubleX, doubleY);
  const pixels = tf.reshape<tf.Rank.R2>(doubled, [channels, -1]);
  const sampled = sampleBilinearly(pixels, doubledLength(size), { corner, right, lower });
  const side = sampledLength(size);
  const halving = tf.tensor2d(halvingMatrix(size), [side, size]);
  const halved = resampleAxes(tf.reshape<tf.Rank.R4>(sampled, [channels, n, side, side]), halving, halving);
  return tf.transpose(halved, [1, 2, 3, 0]);
}

/** Multiplies the last axis of [A, B, H, W] by `x` [W, W'], and H by `y` [H, H']. @returns [A, B, H', W'] */
function resampleAxes(planes: tf.Tensor4D, x: tf.Tensor2D, y: tf.Tensor2D): tf.Tensor4D {
  const [a, b, height, width] = planes.shape;
  const [newHeight, newWidth] = [y.shape[1], x.shape[1]];
  const rows = tf.matMul(tf.reshape<tf.Rank.R2>(planes, [-1, width]), x);
  const columns = tf.matMul(y, tf.reshape<tf.Rank.R3>(rows, [a * b, height, newWidth]), true, false);
  return tf.reshape(columns, [a, b, newHeight, newWidth]);
}
