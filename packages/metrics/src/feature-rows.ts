import * as tf from '@tensorflow/tfjs-core';
import { assertFinite } from './finite.js';

/** Feature vectors in the rows of a matrix. */
export interface FeatureRows {
  /** [count, dim] */
  data: Float32Array;
  count: number;
  dim: number;
}

/**
 * Wraps features, [count, dim], as rows.
 *
 * @throws if the length is not a multiple of `dim`, or a feature is NaN or infinite
 */
export function toFeatureRows(data: Float32Array, dim: number): FeatureRows {
  assertFinite(data, dim, 'Feature');
  if (data.length % dim !== 0) throw new Error(`${data.length} numbers are not a multiple of ${dim} features.`);
  return { data, count: data.length / dim, dim };
}

/** Returns the rows from `start` to `end`. */
export function sliceRows({ data, dim }: FeatureRows, start: number, end: number): FeatureRows {
  return { data: data.subarray(start * dim, end * dim), count: end - start, dim };
}

/** Dot products of all rows of `a` with all rows of `b`, [a.count, b.count], on the current tfjs backend. */
export async function dotProducts(a: FeatureRows, b: FeatureRows): Promise<Float32Array> {
  const product = tf.tidy(() =>
    tf.matMul(tf.tensor2d(a.data, [a.count, a.dim]), tf.tensor2d(b.data, [b.count, b.dim]), false, true),
  );
  try {
    return (await product.data()) as Float32Array;
  } finally {
    product.dispose();
  }
}

/** Squared length of each row, [count]. */
export function squaredNorms({ data, count, dim }: FeatureRows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * dim; k < (i + 1) * dim; k++) sum += data[k]! ** 2;
    norms[i] = sum;
  }
  return norms;
}
