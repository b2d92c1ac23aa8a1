import * as tf from '@tensorflow/tfjs-core';
import type { ImageStreams } from '../images/image-streams.js';

/** Which class each image of a batch has. */
export interface ClassChoice {
  /** The class of every image. Left out, `classes` decides. */
  classIndex?: number;
  /** The class of each image, one per seed. Left out, each image gets a random class, if the network has classes. */
  classes?: readonly number[];
}

/**
 * Builds the labels of a batch of images: of the classes chosen, or of a random class for each image, drawn from the
 * image's own stream.
 *
 * @param labelDim number of classes; 0 for an unconditional network
 * @returns [N, labelDim] one-hot, or undefined for an unconditional network
 * @throws RangeError if the network has no such class, `classes` is not one per image, or both choices are given
 * @internal
 */
export function classLabels(
  streams: ImageStreams,
  labelDim: number,
  { classIndex, classes }: ClassChoice = {},
): tf.Tensor2D | undefined {
  if (classIndex !== undefined && classes !== undefined) {
    throw new RangeError('Pass classIndex, one class for all images, or classes, one for each image, but not both.');
  }
  if (classes !== undefined && classes.length !== streams.count) {
    throw new RangeError(`There are ${classes.length} classes for ${streams.count} seeds; pass one class per seed.`);
  }
  const chosen = classes ?? (classIndex === undefined ? undefined : new Array<number>(streams.count).fill(classIndex));
  for (const index of new Set(chosen)) checkClass(labelDim, index);
  if (labelDim === 0) return undefined;
  return oneHot(chosen ?? streams.integers(labelDim), labelDim);
}

/**
 * Checks that a network has a class.
 *
 * @param labelDim number of classes; 0 for an unconditional network
 * @param classIndex undefined stands for any class and is always valid
 * @throws RangeError if a network of `labelDim` classes has no class `classIndex`
 */
export function checkClass(labelDim: number, classIndex?: number): void {
  if (classIndex === undefined) return;
  if (labelDim === 0) {
    throw new RangeError(`Class ${classIndex} was requested, but this network is unconditional: leave the class out.`);
  }
  if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < labelDim)) {
    throw new RangeError(`Class ${classIndex} does not exist: this network has the classes 0 to ${labelDim - 1}.`);
  }
}

/**
 * Converts classes to one-hot labels.
 *
 * @param classes N class indices, in [0, labelDim)
 * @returns [N, labelDim] float32, each row with a single 1
 */
export function oneHot(classes: ArrayLike<number>, labelDim: number): tf.Tensor2D {
  const data = new Float32Array(classes.length * labelDim);
  for (let i = 0; i < classes.length; i++) data[i * labelDim + classes[i]!] = 1;
  return tf.tensor2d(data, [classes.length, labelDim]);
}
