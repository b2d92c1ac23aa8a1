import { Rng } from '@onestep/random';
import type { ImageDataset } from './dataset.js';

/** What a network that is trained on a data set should state of its labels. JSON. */
export type DatasetLabels =
  | { kind: 'classes'; /** Number of images of each class. */ frequencies: number[] }
  | { kind: 'vectors'; /** Label vectors that occur, at most {@link MAX_ROWS}. */ rows: number[][] };

/** Most label vectors in a sample. */
const MAX_ROWS = 1024;
/** Most numbers in a sample of label vectors, which is part of a file's header. */
const MAX_NUMBERS = 65_536;
/** Digits that are enough for every float32 number. */
const FLOAT32_DIGITS = 9;

/**
 * Counts the classes of a data set, or samples its label vectors. Vectors that are all one-hot are classes.
 *
 * @returns null for a data set without labels, or one that was opened without them
 */
export function datasetLabels(dataset: ImageDataset): DatasetLabels | null {
  const { labelDim, labelKind, length } = dataset;
  if (labelKind === 'none' || labelDim === 0) return null;
  const frequencies = new Array<number>(labelDim).fill(0);
  for (let index = 0; index < length; index++) {
    const label = dataset.classAt(index) ?? oneHotClass(dataset.labelAt(index));
    if (label === null) return { kind: 'vectors', rows: sampleRows(dataset) };
    frequencies[label]! += 1;
  }
  return { kind: 'classes', frequencies };
}

/**
 * All captions of a data set, in the order of the images.
 *
 * @returns none for a data set without captions, or one that was opened without them
 */
export function datasetCaptions(dataset: ImageDataset): string[] {
  const all = Array.from({ length: dataset.length }, (_, index) => dataset.captionAt(index));
  return all.filter((caption) => caption !== '');
}

/**
 * Captions that occur in a data set, for the file of a network that is trained on it: 1,024 at most, the same each time.
 *
 * @returns none for a data set without captions, or one that was opened without them
 */
export function sampleCaptions(dataset: ImageDataset): string[] {
  if (!dataset.hasCaptions) return [];
  const order = new Rng(0, 'caption-rows').permutation(dataset.length);
  const captions: string[] = [];
  for (const index of order) {
    const caption = dataset.captionAt(index);
    if (caption !== '') captions.push(caption);
    if (captions.length === MAX_ROWS) break;
  }
  return captions;
}

/** The same images are chosen each time, and all if they are few. */
function sampleRows(dataset: ImageDataset): number[][] {
  const count = Math.max(1, Math.min(MAX_ROWS, Math.floor(MAX_NUMBERS / dataset.labelDim), dataset.length));
  const chosen = [...new Rng(0, 'label-rows').permutation(dataset.length)].slice(0, count).sort((a, b) => a - b);
  return chosen.map((index) => Array.from(dataset.labelAt(index), shortestFloat32));
}

/** @returns null unless one number is 1 and all others are 0 */
function oneHotClass(label: Float32Array): number | null {
  const at = label.indexOf(1);
  return at !== -1 && label.every((value, index) => value === (index === at ? 1 : 0)) ? at : null;
}

/** The number of fewest digits that is the same in float32: 0.37 and not 0.3700000047683716. */
function shortestFloat32(value: number): number {
  for (let digits = 1; digits < FLOAT32_DIGITS; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}
