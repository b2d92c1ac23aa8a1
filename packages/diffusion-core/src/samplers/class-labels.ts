import * as tf from '@tensorflow/tfjs-core';
import type { ImageStreams } from './image-streams.js';

/**
 * Labels for a batch of images: one class for all, or a random class for each, drawn from the image's own stream.
 *
 * @param labelDim number of classes; 0 gives undefined
 * @param classIndex the class of every image; left out, random
 * @returns [N, labelDim] one-hot, or undefined for an unconditional network
 * @throws RangeError if the network has no such class
 */
export function classLabels(streams: ImageStreams, labelDim: number, classIndex?: number): tf.Tensor2D | undefined {
  checkClass(labelDim, classIndex);
  if (labelDim === 0) return undefined;
  const classes =
    classIndex === undefined ? streams.integers(labelDim) : new Array<number>(streams.count).fill(classIndex);
  return oneHot(classes, labelDim);
}

/** @throws RangeError if a network of `labelDim` classes has no class `classIndex` */
export function checkClass(labelDim: number, classIndex?: number): void {
  if (classIndex === undefined) return;
  if (labelDim === 0) {
    throw new RangeError(`Class ${classIndex} was asked for, but this network is unconditional: leave the class out.`);
  }
  if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < labelDim)) {
    throw new RangeError(`Class ${classIndex} does not exist: this network has the classes 0 to ${labelDim - 1}.`);
  }
}

/** [N, labelDim] float32 rows with a single 1. */
export function oneHot(classes: ArrayLike<number>, labelDim: number): tf.Tensor2D {
  const data = new Float32Array(classes.length * labelDim);
  for (let i = 0; i < classes.length; i++) data[i * labelDim + classes[i]!] = 1;
  return tf.tensor2d(data, [classes.length, labelDim]);
}
