import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { convertDataset, openDataset, type ImageDataset, type TransformName } from '@onestep/datasets';
import { TOLERANCES, type Check, type Comparison, type FixtureFile } from '../check.js';
import { CONVERTED, SOURCE_FOLDER } from '../fixture-file.js';
import { relativeError } from '../fixture-tensors.js';

/** Pixels, names and labels of a data set, converted again from its source. */
export const datasets: Check = {
  name: 'datasets',
  recognizes: ({ path }) => CONVERTED.test(basename(path)),
  compare: compareDataset,
};

async function compareDataset({ path }: FixtureFile): Promise<Comparison[]> {
  const [, transform, width, height] = CONVERTED.exec(basename(path))!;
  const folder = await mkdtemp(join(tmpdir(), 'onestep-parity-'));
  const opened: ImageDataset[] = [];
  try {
    const made = join(folder, 'made.zip');
    await convertDataset({
      source: join(dirname(path), SOURCE_FOLDER),
      dest: made,
      transform: transform as TransformName,
      resolution: { width: Number(width), height: Number(height) },
    });
    for (const zip of [made, path]) opened.push(await openDataset(zip, { useLabels: 'if-present' }));
    const [actual, expected] = opened as [ImageDataset, ImageDataset];
    return [
      compareNumbers('pixels', actual, expected, (dataset, i) => dataset.imageAt(i)),
      compareNumbers('names', actual, expected, (dataset, i) => Buffer.from(dataset.nameAt(i))),
      compareNumbers('labels', actual, expected, (dataset, i) => dataset.labelAt(i)),
    ];
  } finally {
    for (const dataset of opened) dataset.close();
    await rm(folder, { recursive: true });
  }
}

/** Compares the numbers of each image, image by image. */
function compareNumbers(
  quantity: string,
  actual: ImageDataset,
  expected: ImageDataset,
  numbers: (dataset: ImageDataset, index: number) => ArrayLike<number>,
): Comparison {
  const all = (dataset: ImageDataset) =>
    Array.from({ length: dataset.length }, (_, i) => Array.from(numbers(dataset, i))).flat();
  const [a, b] = [all(actual), all(expected)];
  const error = a.length === b.length ? relativeError(a, b) : Infinity;
  return { quantity, error, tolerance: TOLERANCES.pixels };
}
