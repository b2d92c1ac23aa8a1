import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  chooseImages,
  createBatchSource,
  drawContactSheet,
  InfiniteSampler,
  openDataset,
  type ImageBatch,
} from '../src/index.js';
import { decodeImage } from '../src/decoding/decode-image.js';
import { grayPng, imageName, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

it('the random subset is that of numpy.random.RandomState', () => {
  // numpy 1.24: a = arange(n); RandomState(seed).shuffle(a); sort(a[:k])
  expect([...chooseImages(100, 8, 0)]).toEqual([2, 16, 26, 55, 73, 75, 86, 93]);
  expect([...chooseImages(3, 2, 7)]).toEqual([1, 2]);
  expect([...chooseImages(70_000, 6, 2 ** 31 - 1)]).toEqual([12695, 21167, 34935, 37955, 43493, 56255]);
  expect([...chooseImages(1000, 7, 123_456)]).toEqual([232, 357, 394, 602, 650, 829, 946]);
});

it('a folder is a data set as a ZIP file is', async () => {
  const path = temporaryFolder();
  mkdirSync(join(path, '00000'));
  for (const i of [1, 0]) writeFileSync(join(path, imageName(i)), grayPng(8, i));
  writeFileSync(join(path, 'dataset.json'), JSON.stringify({ labels: [0, 1].map((i) => [imageName(i), 3 - i]) }));
  const dataset = await openDataset(path, { useLabels: true });
  expect(dataset).toMatchObject({ length: 2, resolution: 8, labelDim: 4 });
  expect([0, 1].map((i) => dataset.imageAt(i))).toEqual([patternBytes(64, 0), patternBytes(64, 1)]);
  expect([0, 1].map((i) => dataset.classAt(i))).toEqual([3, 2]);
  await expect(openDataset(temporaryFolder())).rejects.toThrow(/no PNG images/);
});

it('processes share one order: together they draw what one alone does, also from a shared state', () => {
  const draw = (sampler: InfiniteSampler, n: number) => Array.from({ length: n }, () => sampler.next());
  const alone = draw(new InfiniteSampler(17, 5), 90);
  const ranks = [0, 1, 2].map((rank) => ({ rank, numReplicas: 3 }));
  const parts = ranks.map((share) => draw(new InfiniteSampler(17, 5, share), 30));
  expect(alone).toEqual(alone.map((_, i) => parts[i % 3]![Math.floor(i / 3)]));
  const later = ranks.map((share) => draw(InfiniteSampler.fromState({ seed: 5, length: 17, drawn: 30 }, share), 20));
  expect(later).toEqual(parts.map((part) => part.slice(10)));
  expect(() => new InfiniteSampler(17, 5, { rank: 3, numReplicas: 3 })).toThrow(/rank/);
});

it('threads make the same batches, report damage, and end', async () => {
  const images = Array.from({ length: 12 }, (_, i): [string, Uint8Array] => [imageName(i), grayPng(4, i)]);
  const labels = JSON.stringify({ labels: images.map(([name], i) => [name, i]) });
  const path = writeZip(join(temporaryFolder(), 'a.zip'), [...images, ['dataset.json', labels]]);
  const dataset = await openDataset(path, { useLabels: true, xflip: true });
  const take = async (workers: number): Promise<ImageBatch[]> => {
    const source = createBatchSource(dataset, { batchSize: 5, seed: 2, workers });
    const batches = [await source.next(), await source.next(), await source.next(), await source.next()];
    source.close();
    await expect(source.next()).rejects.toThrow(/closed/);
    return batches;
  };
  const threaded = await take(2);
  const plain = createBatchSource(dataset, { batchSize: 5, seed: 2 });
  for (const batch of threaded) expect(batch).toEqual(await plain.next());

  const damaged = await openDataset(
    writeZip(join(temporaryFolder(), 'b.zip'), [images[0]!, [imageName(1), grayPng(8)]]),
  );
  const source = createBatchSource(damaged, { batchSize: 2, seed: 1, workers: 1 });
  await expect(source.next()).rejects.toThrow(/img00000001\.png/);
  source.close();
});

it('a contact sheet has images from all over the data set, each whole', async () => {
  const images = Array.from({ length: 10 }, (_, i): [string, Uint8Array] => [imageName(i), grayPng(4, i)]);
  const path = writeZip(join(temporaryFolder(), 'a.zip'), images);
  const file = await drawContactSheet(path, 3, 2);
  const { width, height, data } = await decodeImage(file, 'sheet');
  expect([width, height]).toEqual([12, 8]);
  // Six of ten images: 0, 1, 3, 5, 6, 8. The second one in the second row is the fifth.
  const rows = [4, 5, 6, 7].map((y) => [...data.subarray(y * 12 + 4, y * 12 + 8)]).flat();
  expect(rows).toEqual([...patternBytes(16, 6)]);
});
