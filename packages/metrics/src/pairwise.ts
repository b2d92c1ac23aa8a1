import * as tf from '@tensorflow/tfjs-core';

/** Feature vectors, one after another. */
export interface FeatureRows {
  data: Float32Array;
  count: number;
  dim: number;
}

/** Wraps `count * dim` numbers. @throws if they are no whole number of vectors */
export function featureRows(data: Float32Array, dim: number): FeatureRows {
  if (data.length % dim !== 0) throw new Error(`${data.length} numbers are no feature vectors of length ${dim}.`);
  return { data, count: data.length / dim, dim };
}

/** The vectors from `start` to `end`. */
export function someRows({ data, dim }: FeatureRows, start: number, end: number): FeatureRows {
  return { data: data.subarray(start * dim, end * dim), count: end - start, dim };
}

/** All dot products of vectors of `a` with vectors of `b`, a.count * b.count numbers, on the current tfjs backend. */
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

/** Squared length of each vector. */
export function squaredNorms({ data, count, dim }: FeatureRows): Float64Array {
  const norms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (let k = i * dim; k < (i + 1) * dim; k++) sum += data[k]! ** 2;
    norms[i] = sum;
  }
  return norms;
}
