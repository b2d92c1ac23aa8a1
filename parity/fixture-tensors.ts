import * as tf from '@tensorflow/tfjs-core';
import { permuteAxes, type HostTensor, type StateDict } from '@onestep/checkpoint';

/** Selects the tensors whose names start with one of the prefixes, and removes the prefix. */
export function withPrefix(tensors: StateDict, ...prefixes: string[]): StateDict {
  const found: StateDict = {};
  for (const [name, tensor] of Object.entries(tensors)) {
    const prefix = prefixes.find((p) => name.startsWith(p));
    if (prefix !== undefined) found[name.slice(prefix.length)] = tensor;
  }
  return found;
}

/** Converts an NCHW image batch of a fixture to an NHWC tensor. */
export function imagesFrom({ shape, data }: HostTensor): tf.Tensor4D {
  return tf.tidy(() =>
    tf.transpose(tf.tensor4d(data as Float32Array, shape as [number, number, number, number]), [0, 2, 3, 1]),
  );
}

/** Converts a matrix of a fixture to a tensor. */
export function matrixFrom({ shape, data }: HostTensor): tf.Tensor2D {
  return tf.tensor2d(data as Float32Array, shape as [number, number]);
}

/** Converts an NCHW image batch of a fixture to the host values of an NHWC batch. */
export function hostImages({ shape, data }: HostTensor): Float32Array {
  return permuteAxes(data as Float32Array, shape, [0, 2, 3, 1]);
}

/** Reads an NHWC tensor in the order of a fixture: NCHW. */
export async function toFileOrder(images: tf.Tensor4D): Promise<Float32Array> {
  const transposed = tf.transpose(images, [0, 3, 1, 2]);
  const data = (await transposed.data()) as Float32Array;
  transposed.dispose();
  return data;
}

/** ||a - b|| / ||b|| */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let difference = 0;
  let norm = 0;
  if (actual.length !== expected.length) throw new Error(`${actual.length} elements against ${expected.length}.`);
  for (let i = 0; i < expected.length; i++) {
    difference += (actual[i]! - expected[i]!) ** 2;
    norm += expected[i]! ** 2;
  }
  return Math.sqrt(difference / Math.max(norm, 1e-60));
}
