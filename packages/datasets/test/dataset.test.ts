import { execFileSync } from 'node:child_process';
import { createWriteStream, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { pythonWith } from '../../../test-support/python.js';
import { datasetInfo, encodePng, openDataset } from '../src/index.js';
import { grayPng, imageName, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

const threeImages = (): [string, Uint8Array][] => [0, 1, 2].map((i) => [imageName(i), grayPng(8, i)]);
const labeled = (labels: unknown) => JSON.stringify({ labels });

it('images come in the order of their names, whatever the order in the file', async () => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), threeImages().reverse());
  const dataset = await openDataset(path);
  expect(dataset).toMatchObject({ name: 'a', length: 3, resolution: 8, channels: 1, labelDim: 0, labelKind: 'none' });
  for (let i = 0; i < 3; i++) expect(dataset.imageAt(i)).toEqual(patternBytes(64, i));
  expect(dataset.imageAt(1)).toEqual(patternBytes(64, 1));
  expect(dataset.labelAt(0)).toEqual(new Float32Array(0));
  expect(() => dataset.imageAt(3)).toThrow(/images 0 to 2, not 3/);
  dataset.close();
});

it('RGB images, and an archive by another writer with compressed entries', async () => {
  const path = join(temporaryFolder(), 'rgb.zip');
  const data = patternBytes(16 * 16 * 3);
  const zip = new ZipFile();
  zip.addBuffer(Buffer.from(encodePng(data, { width: 16, height: 16, channels: 3 })), 'images/x.PNG', {
    compress: true,
  });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  const dataset = await openDataset(path, { cacheBytes: 0 });
  expect(dataset.channels).toBe(3);
  expect(dataset.imageAt(0)).toEqual(data);
  dataset.close();
});

it('class labels become one-hot vectors, found by name', async () => {
  const labels = [
    [imageName(2), 4],
    [imageName(0).replace('/', '\\'), 1],
    [imageName(1), 0],
    ['elsewhere.png', 77],
  ];
  const path = writeZip(join(temporaryFolder(), 'a.zip'), [...threeImages(), ['dataset.json', labeled(labels)]]);
  const dataset = await openDataset(path, { useLabels: true });
  expect(dataset.labelDim).toBe(5);
  expect([0, 1, 2].map((i) => dataset.classAt(i))).toEqual([1, 0, 4]);
  expect(dataset.labelAt(2)).toEqual(Float32Array.of(0, 0, 0, 0, 1));
  dataset.close();
  expect(await datasetInfo(path)).toMatchObject({ numImages: 3, labelKind: 'classes', classCounts: [1, 1, 0, 0, 1] });
});

it('class names are read with the labels', async () => {
  const labels = [0, 1, 2].map((i) => [imageName(i), i % 2]);
  const open = (classNames: unknown, useLabels: boolean) => {
    const json = JSON.stringify({ labels, class_names: classNames });
    const path = writeZip(join(temporaryFolder(), 'a.zip'), [...threeImages(), ['dataset.json', json]]);
    return openDataset(path, { useLabels });
  };
  for (const names of [
    ['cat', 'dog'],
    ['cat', 'dog', 'never seen'],
  ]) {
    const dataset = await open(names, true);
    expect(dataset.classNames).toEqual(['cat', 'dog']);
    expect((await datasetInfo(dataset.path)).classNames).toEqual(['cat', 'dog']);
    dataset.close();
  }
  expect((await open(undefined, true)).classNames).toBeNull();
  expect((await open(['cat', 'dog'], false)).classNames).toBeNull();
  for (const broken of ['cat', [1, 2], ['cat', ''], { 0: 'cat' }]) {
    await expect(open(broken, true)).rejects.toThrow(/a\.zip, dataset\.json: "class_names" is not a list of names/);
  }
  await expect(open(['cat'], true)).rejects.toThrow(/"class_names" has length 1 and the labels have 2 classes/);
});

it('vector labels', async () => {
  const labels = [0, 1, 2].map((i) => [imageName(i), [i, i / 2]]);
  const path = writeZip(join(temporaryFolder(), 'a.zip'), [...threeImages(), ['dataset.json', labeled(labels)]]);
  const dataset = await openDataset(path, { useLabels: true });
  expect(dataset.labelAt(1)).toEqual(Float32Array.of(1, 0.5));
  expect(dataset.classAt(1)).toBeNull();
  dataset.close();
  expect(await datasetInfo(path)).toMatchObject({ labelKind: 'vectors', labelDim: 2, classCounts: null });
});

it('xflip appends mirrored images, and maxSize chooses a reproducible subset', async () => {
  const labels = [0, 1, 2].map((i) => [imageName(i), i]);
  const path = writeZip(join(temporaryFolder(), 'a.zip'), [...threeImages(), ['dataset.json', labeled(labels)]]);
  const dataset = await openDataset(path, { xflip: true, useLabels: true });
  expect(dataset.length).toBe(6);
  const [image, mirrored] = [dataset.imageAt(1), dataset.imageAt(4)];
  for (let row = 0; row < 8; row++) {
    expect([...mirrored.subarray(row * 8, row * 8 + 8)]).toEqual([...image.subarray(row * 8, row * 8 + 8)].reverse());
  }
  expect(dataset.classAt(4)).toBe(1);
  dataset.close();

  const subset = async (randomSeed: number) => {
    const some = await openDataset(path, { maxSize: 2, randomSeed, useLabels: true });
    const classes = [some.classAt(0)!, some.classAt(1)!];
    expect(some.imageAt(1)).toEqual(patternBytes(64, classes[1]));
    expect(some.length).toBe(2);
    some.close();
    return classes;
  };
  expect(await subset(1)).toEqual(await subset(1));
  const choices = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map(subset));
  expect(new Set(choices.map(String)).size).toBeGreaterThan(1);
  for (const [a, b] of choices) expect(a).toBeLessThan(b!);
});

const badContents: [what: string, entries: () => [string, Uint8Array | string][], message: RegExp][] = [
  ['no images', () => [['readme.txt', 'hello']], /no PNG images/],
  ['other image files', () => [...threeImages(), ['x.jpg', 'jpeg']], /x\.jpg/],
  ['not a PNG', () => [[imageName(0), 'hello']], /img00000000\.png: not a PNG/],
  ['a side that is not a power of two', () => [[imageName(0), grayPng(28)]], /28x28x1.*power of two/],
  [
    'images that are not square',
    () => [[imageName(0), encodePng(new Uint8Array(32), { width: 8, height: 4, channels: 1 })]],
    /8x4x1.*differ/,
  ],
  ['no labels', () => threeImages(), /no labels/],
  ['labels null', () => [...threeImages(), ['dataset.json', '{"labels": null}']], /no labels/],
  [
    'labels that are not JSON',
    () => [...threeImages(), ['dataset.json', '{"labels": [']],
    /dataset\.json: not valid JSON/,
  ],
  ['JSON that is not an object', () => [...threeImages(), ['dataset.json', '[]']], /not a JSON object, such as/],
  ['a string for labels', () => [...threeImages(), ['dataset.json', labeled('x')]], /neither null nor a list/],
  ['labels that are not pairs', () => [...threeImages(), ['dataset.json', labeled([1, 2])]], /instead of a pair/],
  [
    'an image without a label',
    () => [...threeImages(), ['dataset.json', labeled([[imageName(0), 1]])]],
    /img00000001\.png has no label/,
  ],
  ...([-1, 1.5, 'cat', 1e9, null].map((label) => [
    `the label ${label}`,
    () => [...threeImages(), ['dataset.json', labeled([0, 1, 2].map((i) => [imageName(i), label]))]],
    /not a whole number from 0/,
  ]) as [string, () => [string, string][], RegExp][]),
  [
    'vectors of different lengths',
    () => [...threeImages(), ['dataset.json', labeled([0, 1, 2].map((i) => [imageName(i), i === 2 ? [1] : [1, 2]]))]],
    /img00000002\.png is not a list of 2 numbers/,
  ],
];
it.each(badContents)('refused when opened: %s', async (_, entries, message) => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), entries());
  await expect(openDataset(path, { useLabels: true })).rejects.toThrow(message);
});

it('an image of another size is refused when it is read', async () => {
  const images: [string, Uint8Array][] = [...threeImages(), [imageName(3), grayPng(16)]];
  const dataset = await openDataset(writeZip(join(temporaryFolder(), 'a.zip'), images));
  expect(() => dataset.imageAt(3)).toThrow(/img00000003\.png.*16x16x1.*8x8x1/);
  dataset.close();
  expect(() => dataset.imageAt(0)).toThrow(/closed/);
});

it.each([
  { useLabels: true, maxSize: 0 },
  { maxSize: 1.5 },
  { cacheBytes: -1 },
  { cacheBytes: NaN },
  { maxSize: 1, randomSeed: -1 },
])('options out of range: %j', async (options) => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), threeImages());
  await expect(openDataset(path, options)).rejects.toThrow(/maxSize|cacheBytes|randomSeed/);
});

/** Overwrites bytes of a file, found from the end or by a signature. */
function patch(path: string, change: (bytes: Buffer) => void): void {
  const bytes = readFileSync(path);
  change(bytes);
  writeFileSync(path, bytes);
}
const directoryEntry = (bytes: Buffer) => bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));

const damage: [what: string, spoil: (path: string) => void, message: RegExp][] = [
  ['cut short', (path) => truncateSync(path, 300), /a\.zip: not a complete ZIP file/],
  ['empty', (path) => truncateSync(path, 0), /not a complete ZIP file/],
  [
    'an offset outside',
    (path) => patch(path, (b) => b.writeUInt32LE(0x7fffffff, directoryEntry(b) + 42)),
    /lies outside/,
  ],
  ['an offset to elsewhere', (path) => patch(path, (b) => b.writeUInt32LE(7, directoryEntry(b) + 42)), /not where/],
  [
    'a size outside',
    (path) =>
      patch(path, (b) => {
        b.writeUInt32LE(0x7fffffff, directoryEntry(b) + 20);
        b.writeUInt32LE(0x7fffffff, directoryEntry(b) + 24);
      }),
    /lies outside|not a complete ZIP/,
  ],
  [
    'two sizes that differ',
    (path) => patch(path, (b) => b.writeUInt32LE(5, directoryEntry(b) + 24)),
    /claims 5 bytes|not a complete ZIP/,
  ],
  [
    'a name leading out',
    (path) => patch(path, (b) => b.write('../..', directoryEntry(b) + 46)),
    /has the name \.\.\/.*, which leads out/,
  ],
  [
    'an unknown compression',
    (path) => patch(path, (b) => b.writeUInt16LE(99, directoryEntry(b) + 10)),
    /compression method 99/,
  ],
  [
    'encryption',
    (path) =>
      patch(path, (b) => {
        b.writeUInt16LE(1, directoryEntry(b) + 8);
        // An encrypted entry stores 12 bytes more.
        b.writeUInt32LE(b.readUInt32LE(directoryEntry(b) + 24) + 12, directoryEntry(b) + 20);
      }),
    /encrypted/,
  ],
  [
    'a changed pixel',
    (path) => patch(path, (b) => b.writeUInt8(77, b.indexOf('IDAT') + 20)),
    /img00000000\.png is damaged.*checksum/,
  ],
];
it.each(damage)('a damaged archive: %s', async (_, spoil, message) => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), threeImages());
  spoil(path);
  await expect(openDataset(path)).rejects.toThrow(message);
});

it('a missing file, and a folder', async () => {
  await expect(openDataset(temporaryFolder())).rejects.toThrow(/no PNG images/);
  await expect(openDataset('/nowhere/a.zip')).rejects.toThrow(/\/nowhere\/a\.zip does not exist/);
});

it('more than 65,535 entries', async () => {
  const image = grayPng(2);
  const entries = Array.from({ length: 70_000 }, (_, i): [string, Uint8Array] => [
    `${String(i).padStart(8, '0')}.png`,
    image,
  ]);
  const path = writeZip(join(temporaryFolder(), 'many.zip'), entries);
  const dataset = await openDataset(path);
  expect(dataset.length).toBe(70_000);
  expect(dataset.imageAt(69_999)).toEqual(patternBytes(4));
  dataset.close();
  const python = pythonWith('zipfile');
  if (python !== null) {
    const script = 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).namelist()))';
    expect(execFileSync(python, ['-c', script, path], { encoding: 'utf8' }).trim()).toBe('70000');
  }
});

it.skipIf(!hasFixtures)('data sets that the published tool made', async () => {
  for (const name of ['expected-center-crop-16x16', 'expected-center-crop-32x32']) {
    const dataset = await openDataset(join(FIXTURES, 'datasets', `${name}.zip`), { useLabels: true });
    expect(dataset.channels).toBe(3);
    expect(dataset.imageAt(dataset.length - 1).length).toBe(dataset.imageBytes);
    dataset.close();
  }
});

it('entries that share their bytes are refused', async () => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), threeImages());
  patch(path, (bytes) => {
    // The second entry of the directory points into the first one's data, where a copy of a local header
    // stands.
    const second = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]), directoryEntry(bytes) + 4);
    bytes.writeUInt32LE(40, second + 42);
    bytes.copy(bytes, 40, 0, 30);
  });
  await expect(openDataset(path)).rejects.toThrow(/entries 00000\/img0000000\d\.png and .* overlap/);
});

it('an entry that claims more than its data can unpack to is refused', async () => {
  const path = join(temporaryFolder(), 'a.zip');
  const zip = new ZipFile();
  zip.addBuffer(Buffer.alloc(1000), imageName(0), { compress: true });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  patch(path, (bytes) => bytes.writeUInt32LE(0x7fffffff, directoryEntry(bytes) + 24));
  await expect(openDataset(path)).rejects.toThrow(/claims 2147483647 bytes and stores \d+, too few/);
});

it.each([
  [1000, 999, /is damaged: .*larger than 999 bytes/],
  [1000, 1001, /is damaged: 1000 bytes instead of 1001/],
])('an entry of %i bytes that claims %i is refused when it is read', async (size, claimed, message) => {
  const path = join(temporaryFolder(), 'a.zip');
  const zip = new ZipFile();
  zip.addBuffer(Buffer.alloc(size), imageName(0), { compress: true });
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(path));
  patch(path, (bytes) => bytes.writeUInt32LE(claimed, directoryEntry(bytes) + 24));
  await expect(openDataset(path)).rejects.toThrow(message);
});
