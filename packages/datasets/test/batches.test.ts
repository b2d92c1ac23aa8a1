import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createBatchSource, openDataset, type BatchSource, type ImageDataset } from '../src/index.js';
import { grayPng, imageName, temporaryFolder, writeZip } from './sample-files.js';

async function twentyImages(options = {}): Promise<ImageDataset> {
  const images = Array.from({ length: 20 }, (_, i): [string, Uint8Array] => [imageName(i), grayPng(4, i)]);
  const labels = JSON.stringify({ labels: images.map(([name], i) => [name, i]) });
  return openDataset(writeZip(join(temporaryFolder(), 'a.zip'), [...images, ['dataset.json', labels]]), options);
}

/** Classes of the next batches, one list. */
async function classes(source: BatchSource, batches: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = 0; i < batches; i++) {
    const { labels, count } = await source.next();
    for (let j = 0; j < count; j++) found.push(labels!.subarray(j * 20, (j + 1) * 20).indexOf(1));
  }
  return found;
}

it('images and labels of a batch belong together', async () => {
  const dataset = await twentyImages({ useLabels: true });
  const source = createBatchSource(dataset, { batchSize: 6, seed: 1 });
  for (let batch = 0; batch < 10; batch++) {
    const { images, labels, count } = await source.next();
    expect([images.length, labels!.length, count]).toEqual([6 * 16, 6 * 20, 6]);
    for (let i = 0; i < count; i++) {
      const index = labels!.subarray(i * 20, (i + 1) * 20).indexOf(1);
      expect(images.subarray(i * 16, (i + 1) * 16)).toEqual(dataset.imageAt(index));
    }
  }
});

it.each([0, 2])(
  'the state is that of the batches handed out; restoring it continues exactly, %i threads',
  async (workers) => {
    const dataset = await twentyImages({ useLabels: true });
    const whole = await classes(createBatchSource(dataset, { batchSize: 6, seed: 1 }), 12);
    for (const taken of workers === 0 ? [0, 1, 5] : [5]) {
      const first = createBatchSource(dataset, { batchSize: 6, seed: 1, workers });
      const before = await classes(first, taken);
      const state = JSON.parse(JSON.stringify(first.state()));
      first.close();
      const second = createBatchSource(dataset, { batchSize: 6, seed: 99, workers });
      await second.next();
      second.restore(state);
      expect([...before, ...(await classes(second, 12 - taken))]).toEqual(whole);
      second.close();
      await expect(second.next()).rejects.toThrow(/closed/);
    }
  },
);

it.each([0, 2])(
  'rows of a batch are those of the whole batch, and the order is the same, %i threads',
  async (workers) => {
    const dataset = await twentyImages({ useLabels: true });
    const whole = createBatchSource(dataset, { batchSize: 6, seed: 1 });
    const part = createBatchSource(dataset, { batchSize: 6, seed: 1, workers });
    // What is prepared ahead is of the rows before.
    for (const [start, end] of [[2, 5], [2, 5], [0, 1], [0, 1], undefined, [5, 6], [3, 3]].map((rows) => rows ?? [])) {
      const rows = start === undefined ? undefined : { start, end: end! };
      const [all, some] = [await whole.next(), await part.next(rows)];
      const [from, to] = [start ?? 0, end ?? 6].map((row) => 16 * row);
      const expected = all.images.map((value, i) => (i >= from! && i < to! ? value : 0));
      expect(some).toEqual({ ...all, images: expected });
      expect(part.state()).toEqual(whole.state());
    }
    part.close();
  },
);

it('without labels there are none', async () => {
  const source = createBatchSource(await twentyImages(), { batchSize: 3, seed: 1 });
  expect((await source.next()).labels).toBeNull();
});

it('a damaged image fails the batch it is in', async () => {
  const images: [string, Uint8Array][] = [
    [imageName(0), grayPng(4)],
    [imageName(1), grayPng(8)],
  ];
  const dataset = await openDataset(writeZip(join(temporaryFolder(), 'a.zip'), images));
  const source = createBatchSource(dataset, { batchSize: 2, seed: 1 });
  await expect(source.next()).rejects.toThrow(/img00000001\.png/);
});

it.each([null, {}, { seed: 1, length: 20, drawn: -1 }, { seed: 1, length: 21, drawn: 0 }])(
  'the state %j is refused',
  async (state) => {
    const source = createBatchSource(await twentyImages(), { batchSize: 3, seed: 1 });
    expect(() => source.restore(state)).toThrow(/state of a batch source|started on 21 images/);
  },
);

it.each([0, 2.5])('a batch size of %s is refused', async (batchSize) => {
  const dataset = await twentyImages();
  expect(() => createBatchSource(dataset, { batchSize, seed: 1 })).toThrow(/batchSize/);
});
