import {
  generateImages,
  sampleImages,
  toUint8,
  type Denoiser,
  type EdmSamplerOptions,
  type Generator,
} from '@onestep/diffusion-core';

/** rows[c][i] is image i of class c, [size, size, channels] uint8. An unconditional network has one row. */
export type ClassRows = Uint8Array[][];

/** Generates the seeds from 0 to `perClass` - 1 in every class with a one-step generator. */
export async function studentRows(generator: Generator, perClass: number): Promise<ClassRows> {
  const seeds = Array.from({ length: perClass }, (_, seed) => seed);
  const rows: ClassRows = [];
  for (const classIndex of classesOf(generator)) {
    rows.push(split(toUint8(await generateImages({ generator, seeds, classIndex })), perClass));
  }
  return rows;
}

/** Generates the seeds from 0 to `perClass` - 1 in every class with a diffusion model and the EDM sampler. */
export async function teacherRows(
  denoiser: Denoiser,
  perClass: number,
  options: EdmSamplerOptions,
  signal: AbortSignal,
): Promise<ClassRows> {
  const rows = classesOf(denoiser);
  const images = rows.flatMap((classIndex) => Array.from({ length: perClass }, (_, seed) => ({ seed, classIndex })));
  const seeds = images.map(({ seed }) => seed);
  const classes = denoiser.labelDim === 0 ? undefined : images.map(({ classIndex }) => classIndex!);
  const sampled = await sampleImages({ denoiser, seeds, classes, options, signal });
  const flat = split(toUint8(sampled.images), seeds.length);
  return rows.map((_, row) => flat.slice(row * perClass, (row + 1) * perClass));
}

/** Returns every class; a single undefined one for an unconditional network. */
function classesOf({ labelDim }: { labelDim: number }): (number | undefined)[] {
  return labelDim === 0 ? [undefined] : Array.from({ length: labelDim }, (_, index) => index);
}

function split(images: Uint8Array, count: number): Uint8Array[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, i) => images.slice(i * size, (i + 1) * size));
}
