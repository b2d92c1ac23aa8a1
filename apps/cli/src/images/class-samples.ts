import {
  generateImages,
  hasClasses,
  sampleImages,
  toUint8,
  type Denoiser,
  type EdmSamplerOptions,
  type Generator,
  type Labeled,
  type SamplerName,
  type TrainingLabels,
} from '@onestep/diffusion-core';

/** rows[c][i] is image i of the class shown[c], [size, size, channels] uint8. A network without classes has one row. */
export type ClassRows = Uint8Array[][];

/** Most classes in a picture. */
const MAX_CLASSES = 32;

/**
 * The classes that pictures show, one per row: those that occurred in training, the first ones of many.
 *
 * @param labels in place of the network's own
 * @returns a single undefined one for a network without classes
 */
export function shownClasses(
  network: Labeled,
  labels: TrainingLabels | undefined = network.labels,
): (number | undefined)[] {
  if (!hasClasses(network)) return [undefined];
  const frequencies = labels?.frequencies;
  const all = Array.from({ length: network.labelDim }, (_, index) => index);
  return all.filter((index) => (frequencies?.[index] ?? 1) > 0).slice(0, MAX_CLASSES);
}

/**
 * The prompts that pictures show of a network that takes captions: the first different ones.
 *
 * @param labels in place of the network's own
 * @param most prompts
 * @returns undefined for other networks, or where no captions are known
 */
export function shownPrompts(
  network: Labeled,
  labels: TrainingLabels | undefined = network.labels,
  most: number,
): string[] | undefined {
  if (network.labelDim === 0 || labels?.kind !== 'captions' || labels.captions === undefined) return undefined;
  return [...new Set(labels.captions)].slice(0, most);
}

/** The prompt of each of `count` images of a row: those that are shown, in turn. */
function promptsOfRow(network: Labeled, labels: TrainingLabels | undefined, count: number): string[] | undefined {
  const shown = shownPrompts(network, labels, count);
  return shown && Array.from({ length: count }, (_, i) => shown[i % shown.length]!);
}

/**
 * Generates the seeds from 0 to `perClass` - 1 in every class that is shown with a one-step generator; without classes, but with
 * captions, each of them with a prompt.
 *
 * @param labels in place of the generator's own
 */
export async function studentRows(generator: Generator, perClass: number, labels?: TrainingLabels): Promise<ClassRows> {
  const seeds = Array.from({ length: perClass }, (_, seed) => seed);
  const rows: ClassRows = [];
  for (const classIndex of shownClasses(generator, labels)) {
    const choice = { classIndex, prompts: promptsOfRow(generator, labels, perClass), drawnFrom: labels };
    rows.push(split(toUint8(await generateImages({ generator, seeds, ...choice })), perClass));
  }
  return rows;
}

/**
 * Generates the seeds from 0 to `perClass` - 1 in every class that is shown with a diffusion model and the EDM sampler.
 *
 * @param labels in place of the model's own
 */
export async function teacherRows(
  denoiser: Denoiser,
  perClass: number,
  { sampler, ...options }: EdmSamplerOptions & { sampler?: SamplerName },
  signal: AbortSignal,
  labels?: TrainingLabels,
): Promise<ClassRows> {
  const rows = shownClasses(denoiser, labels);
  const images = rows.flatMap((classIndex) => Array.from({ length: perClass }, (_, seed) => ({ seed, classIndex })));
  const seeds = images.map(({ seed }) => seed);
  const classes = hasClasses(denoiser) ? images.map(({ classIndex }) => classIndex!) : undefined;
  const choice = { classes, prompts: promptsOfRow(denoiser, labels, perClass), drawnFrom: labels };
  const sampled = await sampleImages({ denoiser, seeds, ...choice, sampler, options, signal });
  const flat = split(toUint8(sampled.images), seeds.length);
  return rows.map((_, row) => flat.slice(row * perClass, (row + 1) * perClass));
}

function split(images: Uint8Array, count: number): Uint8Array[] {
  const size = images.length / count;
  return Array.from({ length: count }, (_, i) => images.slice(i * size, (i + 1) * size));
}
