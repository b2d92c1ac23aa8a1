import * as tf from '@tensorflow/tfjs-core';
import { classLabels, oneHot } from '../conditions/class-labels.js';
import { hasClasses } from '../conditions/training-labels.js';
import type { Denoiser } from '../denoiser.js';
import type { Generator } from '../generator.js';
import { ImageStreams } from '../images/image-streams.js';

/** Number of images that a learning signal looks at. */
export const SIGNAL_IMAGES = 32;

/** Latents and labels of some of these images, the same in every measurement. Tensors of the caller's. */
export interface SignalInputs {
  latents: tf.Tensor;
  labels: tf.Tensor2D | undefined;
}

/** @param start index of the first image */
export function signalInputs(teacher: Denoiser, generator: Generator, start: number, count: number): SignalInputs {
  const streams = new ImageStreams(Array.from({ length: count }, (_, i) => start + i));
  const latents = streams.map((rng) => generator.sampleLatents(rng, 1));
  return {
    latents: tf.tidy(() => tf.concat(latents.map(({ data, shape }) => tf.tensor(data, shape)))),
    labels: signalLabels(teacher, streams, start),
  };
}

/** Labels of the images: the classes in turn, or vectors as they are drawn in training. */
function signalLabels(teacher: Denoiser, streams: ImageStreams, start: number): tf.Tensor2D | undefined {
  if (!hasClasses(teacher)) return classLabels(streams, teacher);
  const all = Array.from({ length: teacher.labelDim }, (_, index) => index);
  const shown = all.filter((index) => (teacher.labels?.frequencies?.[index] ?? 1) > 0);
  const classes = Array.from({ length: streams.count }, (_, i) => shown[(start + i) % shown.length]!);
  return oneHot(classes, teacher.labelDim);
}

/** Adds up what `measure` returns for the images, some at a time. @param batch largest number of images at a time */
export async function sumOverImages(
  batch: number,
  measure: (start: number, count: number) => Promise<number>,
): Promise<number> {
  const most = Math.min(batch, SIGNAL_IMAGES);
  let sum = 0;
  for (let start = 0; start < SIGNAL_IMAGES; start += most) {
    sum += await measure(start, Math.min(most, SIGNAL_IMAGES - start));
  }
  return sum;
}
