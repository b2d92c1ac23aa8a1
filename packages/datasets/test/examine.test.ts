import { join } from 'node:path';
import { expect, it } from 'vitest';
import { encodePng, examineImages } from '../src/index.js';
import { decodeImage } from '../src/decoding/decode-image.js';
import { color, level, writeFiles } from './convert-and-read.js';
import { imageName, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

const pattern = (seed: number, channels: 1 | 3 = 3) =>
  encodePng(patternBytes(64 * channels, seed), { width: 8, height: 8, channels });

it('counts sizes, classes, copies and odd images, and lists what cannot be read', async () => {
  const folder = writeFiles(temporaryFolder(), {
    'ant/0.png': pattern(1),
    'ant/1.png': pattern(2),
    'ant/2.png': pattern(1),
    'bee/3.png': pattern(1),
    'bee/4.png': level(0, 8),
    'bee/5.png': color(255, 255, 255, 8),
    'bee/6.png': color(40, 41, 40, 8),
    'bee/7.png': 'broken',
  });
  const found = await examineImages(folder);
  const at = (name: string) => join(folder, name);
  expect(found).toMatchObject({
    numImages: 7,
    sizes: [
      { width: 8, height: 8, channels: 3, count: 6, first: at('ant/0.png') },
      { width: 8, height: 8, channels: 1, count: 1, first: at('bee/4.png') },
    ],
    labelKind: 'classes',
    classCounts: [3, 4],
    classNames: ['ant', 'bee'],
    numUnlabeled: 0,
    duplicates: { count: 2, differentLabels: 1, examples: [{ name: at('ant/2.png'), equals: at('ant/0.png') }, {}] },
    odd: {
      black: { count: 1, examples: [at('bee/4.png')] },
      white: { count: 1 },
      'nearly constant': { count: 1, examples: [at('bee/6.png')] },
      'gray as RGB': { count: 1, examples: [at('bee/5.png')] },
    },
    contactSheet: null,
  });
  expect(found.unreadable).toEqual([expect.stringMatching(/7\.png: not a PNG/)]);
});

it('names the first image without a label, and classes without images are zeros', async () => {
  const labels = JSON.stringify({
    labels: [
      ['0.png', 3],
      ['1.png', 1],
    ],
    class_names: ['a', 'b', 'c', 'd'],
  });
  const folder = writeFiles(temporaryFolder(), {
    '0.png': pattern(0),
    '1.png': pattern(1),
    '2.png': pattern(2),
    'dataset.json': labels,
  });
  expect(await examineImages(folder)).toMatchObject({
    classCounts: [0, 1, 0, 1],
    classNames: ['a', 'b', 'c', 'd'],
    numUnlabeled: 1,
    firstUnlabeled: join(folder, '2.png'),
  });
});

it('a contact sheet shows images of any sizes from all over a source', async () => {
  const wide = encodePng(new Uint8Array(8 * 4 * 3).fill(200), { width: 8, height: 4, channels: 3 });
  const folder = writeFiles(temporaryFolder(), {
    '0.png': wide,
    '1.png': 'broken',
    '2.png': level(9, 8),
    '3.png': level(7, 2),
  });
  const { contactSheet } = await examineImages(folder, { contactSheet: { columns: 2, rows: 2 } });
  const { width, height, channels, data } = await decodeImage(contactSheet!, 'sheet');
  expect([width, height, channels]).toEqual([16, 16, 3]);
  const at = (x: number, y: number) => data[(y * 16 + x) * 3];
  // The first image is centered on gray; the second and third follow.
  expect([at(0, 0), at(0, 4), at(8, 0), at(15, 7), at(0, 8), at(3, 11)]).toEqual([96, 200, 9, 9, 96, 7]);
  const set = writeZip(
    join(temporaryFolder(), 'a.zip'),
    [0, 1, 2].map((i) => [imageName(i), pattern(i, 1)]),
  );
  const sheet = await examineImages(set, { contactSheet: { columns: 2, rows: 1 } });
  expect((await decodeImage(sheet.contactSheet!, 'sheet')).data.subarray(0, 8)).toEqual(
    patternBytes(64, 0).subarray(0, 8),
  );
});
