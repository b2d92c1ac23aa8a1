import { join } from 'node:path';
import { expect, it } from 'vitest';
import { datasetLabels, openDataset } from '../src/index.js';
import { grayPng, imageName, temporaryFolder, writeZip } from './sample-files.js';

/** The labels of a data set with these labels, one per image. */
async function labelsOf(labels: unknown[] | null, options = {}) {
  const images = Array.from({ length: labels?.length ?? 3 }, (_, i) => imageName(i));
  const json = JSON.stringify({ labels: labels?.map((label, i) => [images[i], label]) ?? null });
  const path = writeZip(join(temporaryFolder(), 'data.zip'), [
    ...images.map((name, i): [string, Uint8Array] => [name, grayPng(8, i)]),
    ['dataset.json', json],
  ]);
  const dataset = await openDataset(path, { useLabels: 'if-present', ...options });
  try {
    return datasetLabels(dataset);
  } finally {
    dataset.close();
  }
}

it('classes are counted, those that never occur too', async () => {
  expect(await labelsOf([1, 2, 2, 1, 2])).toEqual({ kind: 'classes', frequencies: [0, 2, 3] });
  expect(await labelsOf([0, 1], { xflip: true })).toEqual({ kind: 'classes', frequencies: [2, 2] });
  expect(await labelsOf(null)).toBeNull();
  expect(await labelsOf([1, 2], { useLabels: false })).toBeNull();
});

it('vectors are kept as rows that occurred; one-hot ones are classes', async () => {
  const rows = [
    [0.37, 0.7],
    [-0.1, 1e-7],
  ];
  expect(await labelsOf(rows)).toEqual({ kind: 'vectors', rows });
  expect(await labelsOf([[0, 1], [1, 0], [0, 1]])).toEqual({ kind: 'classes', frequencies: [1, 2] }); // prettier-ignore
  expect(await labelsOf([[0, 1], [1, 1]])).toMatchObject({ kind: 'vectors' }); // prettier-ignore
});

it('a sample of many vectors is bounded, the same each time, and in their order', async () => {
  const many = Array.from({ length: 40 }, (_, i) => Array.from({ length: 4096 }, (_, j) => i + (j === 0 ? 0.5 : 0)));
  const sample = (await labelsOf(many)) as { rows: number[][] };
  expect(sample.rows).toHaveLength(16);
  const first = sample.rows.map(([value]) => value!);
  expect(first).toEqual([...new Set(first)].sort((a, b) => a - b));
  expect(await labelsOf(many)).toEqual(sample);
});
