import type * as tf from '@tensorflow/tfjs-core';
import {
  edmSampler,
  generateImages,
  ImageStreams,
  oneHot,
  toUint8,
  type Denoiser,
  type EdmSamplerOptions,
  type Generator,
} from '@onestep/diffusion-core';

/** rows[c][i] is image i of class c, [size, size, channels] uint8. An unconditional network has one row. */
export type ClassRows = Uint8Array[][];

const seedsOf = (perClass: number) => Array.from({ length: perClass }, (_, i) => i);

/** Generates the same `perClass` seeds in every class with a one-step generator. */
export async function studentRows(generator: Generator, perClass: number): Promise<ClassRows> {
  const rows: ClassRows = [];
  for (const classIndex of classesOf(generator)) {
    const images = await generateImages({ generator, seeds: seedsOf(perClass), classIndex });
    rows.push(split(toUint8(images), perClass));
  }
  return rows;
}

/** Generates the same `perClass` seeds in every class with a diffusion model and the EDM sampler. */
export async function teacherRows(
  denoiser: Denoiser,
  perClass: number,
  options: EdmSamplerOptions,
  signal: AbortSignal,
): Promise<ClassRows> {
  const classes = classesOf(denoiser);
  const streams = new ImageStreams(classes.flatMap(() => seedsOf(perClass)));
  const pixels = denoiser.imgResolution ** 2 * denoiser.imgChannels;
  const latents = streams.normal(pixels);
  const labels = labelsOf(classes, perClass, denoiser.labelDim);
  try {
    const noise = () => streams.normal(pixels);
    const { images } = await edmSampler({ denoiser, latents, labels, noise, options, signal });
    const flat = split(toUint8(images), classes.length * perClass);
    return classes.map((_, c) => flat.slice(c * perClass, (c + 1) * perClass));
  } finally {
    labels?.dispose();
  }
}

/** Returns every class; a single undefined one for an unconditional network. */
function classesOf({ labelDim }: { labelDim: number }): (number | undefined)[] {
  return labelDim === 0 ? [undefined] : Array.from({ length: labelDim }, (_, c) => c);
}

/** Builds one-hot labels [N, labelDim], `perClass` rows per class. */
function labelsOf(classes: (number | undefined)[], perClass: number, labelDim: number): tf.Tensor2D | undefined {
  if (labelDim === 0) return undefined;
  return oneHot(
    classes.flatMap((c) => new Array<number>(perClass).fill(c!)),
    labelDim,
  );
}

function split(images: Uint8Array, count: number): Uint8Array[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, i) => images.slice(i * size, (i + 1) * size));
}
