import * as tf from '@tensorflow/tfjs-core';
import type { ImageStreams } from '../images/image-streams.js';
import { isExternal } from './caption-encoder.js';
import { encodePrompts } from './prompts.js';
import { LabelPrior } from './label-prior.js';
import { hasClasses, nameLabels, type Labeled, type TrainingLabels } from './training-labels.js';

/** Most numbers of a label in a message. */
const EXAMPLE_LENGTH = 8;

/** Which label each image of a batch has. */
export interface ClassChoice {
  /** The class of every image. Left out, `classes` decides. */
  classIndex?: number;
  /** The class of each image, one per seed. Left out, each image gets a random label, if the network has labels. */
  classes?: readonly number[];
  /** The label vector of every image, for a network that takes vectors: `labelDim` numbers. */
  label?: readonly number[];
  /** The caption of each image, one per seed, for a network that takes captions. */
  prompts?: readonly string[];
  /** Where random labels are drawn from. Left out, the labels that the network was trained on. */
  drawnFrom?: TrainingLabels;
}

/**
 * Builds the labels of a batch of images: those chosen, or a random one for each image, drawn from the image's own stream.
 *
 * @param network its file says what its labels are
 * @returns [N, labelDim], one-hot for classes; undefined for an unconditional network
 * @throws RangeError if the network has no such class or label, `classes` is not one per image, or two choices are given
 * @internal
 */
export function classLabels(
  streams: ImageStreams,
  network: Labeled,
  { classIndex, classes, label, prompts, drawnFrom }: ClassChoice = {},
): tf.Tensor2D | undefined {
  if (classIndex !== undefined && classes !== undefined) {
    throw new RangeError('Pass classIndex, one class for all images, or classes, one for each image, but not both.');
  }
  if (classes !== undefined && classes.length !== streams.count) {
    throw new RangeError(`There are ${classes.length} classes for ${streams.count} seeds; pass one class per seed.`);
  }
  const { labelDim } = network;
  if (prompts !== undefined) {
    if (classIndex !== undefined || classes !== undefined || label !== undefined) {
      throw new RangeError('Pass prompts, a class or a label vector, but not several of them.');
    }
    if (prompts.length !== streams.count) {
      throw new RangeError(`There are ${prompts.length} prompts for ${streams.count} seeds; pass one prompt per seed.`);
    }
    return tf.tensor2d(encodePrompts(network, prompts), [streams.count, labelDim]);
  }
  const chosen = classes ?? (classIndex === undefined ? undefined : new Array<number>(streams.count).fill(classIndex));
  for (const index of new Set(chosen)) checkClass(network, index);
  if (label !== undefined) {
    if (chosen !== undefined) throw new RangeError('Pass a class or a label vector, but not both.');
    checkLabel(network, label);
    return tf.tensor2d(Array.from({ length: streams.count }, () => [...label]).flat(), [streams.count, labelDim]);
  }
  if (labelDim === 0) return undefined;
  if (chosen !== undefined) return oneHot(chosen, labelDim);
  const prior = new LabelPrior(network, drawnFrom);
  const drawn = streams.map((rng) => prior.draw(rng, 1)[0]!);
  return tf.tensor2d(prior.vectors(drawn), [streams.count, labelDim]);
}

/**
 * Checks that a network has a class.
 *
 * @param classIndex undefined stands for any class and is always valid
 * @throws RangeError if the network has no class `classIndex`
 */
export function checkClass(network: Labeled, classIndex?: number): void {
  if (classIndex === undefined) return;
  checkHasClasses(network, classIndex);
  const { labelDim } = network;
  if (!(Number.isInteger(classIndex) && classIndex >= 0 && classIndex < labelDim)) {
    throw new RangeError(`Class ${classIndex} does not exist: this network has the classes 0 to ${labelDim - 1}.`);
  }
}

/**
 * Checks that a network takes classes.
 *
 * @param choice the class that was requested, by number or name
 * @throws RangeError if it is unconditional, or takes label vectors
 */
export function checkHasClasses(network: Labeled, choice: number | string): void {
  if (hasClasses(network)) return;
  const { labelDim } = network;
  throw new RangeError(
    labelDim === 0
      ? `Class ${choice} was requested, but this network is unconditional: leave the class out.`
      : `Class ${choice} was requested, but this network takes ${nameLabels(network)}: pass ${exampleCondition(network)} instead.`,
  );
}

function exampleCondition(network: Labeled): string {
  if (network.labels?.kind !== 'captions') return `a label such as ${exampleLabel(network)}`;
  const { captions, encoder } = network.labels;
  const example = captions?.[0] ?? (isExternal(encoder!) ? undefined : encoder!.words[0]);
  return example === undefined ? 'a prompt' : `a prompt such as ${JSON.stringify(example)}`;
}

/** A label that occurred in the training data, or one of the right length, as it is typed. */
function exampleLabel({ labelDim, labels }: Labeled): string {
  const numbers = labels?.rows?.[0] ?? new Array<number>(labelDim).fill(0);
  return numbers.length > EXAMPLE_LENGTH ? `${numbers.slice(0, EXAMPLE_LENGTH).join(',')},...` : numbers.join(',');
}

/**
 * Checks that a label vector fits a network. One that takes classes accepts any vector, such as a mixture of two classes.
 *
 * @throws RangeError if the network has no labels, or labels of another length
 */
export function checkLabel({ labelDim }: Labeled, label: readonly number[]): void {
  if (labelDim === 0) {
    throw new RangeError('A label was requested, but this network is unconditional: leave the label out.');
  }
  if (label.length === labelDim && label.every(Number.isFinite)) return;
  throw new RangeError(`The label ${label.join(',')} does not fit: this network takes labels of ${labelDim} numbers.`);
}

/**
 * Converts classes to one-hot labels.
 *
 * @param classes N class indices, in [0, labelDim)
 * @returns [N, labelDim] float32, each row with a single 1
 */
export function oneHot(classes: ArrayLike<number>, labelDim: number): tf.Tensor2D {
  return tf.tensor2d(new LabelPrior({ labelDim }).vectors(classes), [classes.length, labelDim]);
}
