import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { pythonWith } from '../../../test-support/python.js';
import { convertDataset, openDataset } from '../src/index.js';
import { idxBytes, patternBytes, temporaryFolder, writeIdxPair } from './sample-files.js';

it('MNIST images become 32x32 gray images with their labels', async () => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 12);
  const dest = join(folder, 'new', 'digits.zip');
  const progress: number[] = [];
  const result = await convertDataset({ source, dest, onProgress: (done) => progress.push(done) });
  expect(result).toMatchObject({
    path: dest,
    numImages: 12,
    resolution: 32,
    channels: 1,
    numClasses: 10,
    numSkipped: 0,
  });
  expect(progress).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));

  const dataset = await openDataset(dest, { useLabels: true });
  const original = patternBytes(12 * 28 * 28);
  for (let i = 0; i < 12; i++) {
    const expected = new Uint8Array(32 * 32);
    for (let row = 0; row < 28; row++) {
      expected.set(original.subarray((i * 28 + row) * 28, (i * 28 + row + 1) * 28), (row + 2) * 32 + 2);
    }
    expect(dataset.imageAt(i)).toEqual(expected);
    expect(dataset.classAt(i)).toBe(i % 10);
  }
  dataset.close();
  expect(readdirSync(join(folder, 'new'))).toEqual(['digits.zip']);
});

it('the same images make the same file, in every version, and maxImages takes the first', async () => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 5);
  const [a, b, c] = ['a.zip', 'b.zip', 'c.zip'].map((name) => join(folder, name)) as [string, string, string];
  await convertDataset({ source, dest: a });
  await convertDataset({ source, dest: b });
  expect(readFileSync(a).equals(readFileSync(b))).toBe(true);
  // Files are identified by their contents: the bytes are those of the first release, for ever.
  await convertDataset({ source: writeIdxPair(folder, 12), dest: c });
  expect(createHash('sha256').update(readFileSync(c)).digest('hex')).toBe(
    '40b4535f5995082de845f0cd3302c51ced121827f2658f638730b7119ee43a69',
  );
  rmSync(c);
  expect((await convertDataset({ source, dest: c, maxImages: 3 })).numImages).toBe(3);
  const dataset = await openDataset(c);
  expect(dataset.length).toBe(3);
  dataset.close();
});

it("the archive is a ZIP file that Python's zipfile reads", async (context) => {
  const python = pythonWith('zipfile');
  if (python === null) return context.skip('no Python here');
  const folder = temporaryFolder();
  const dest = join(folder, 'digits.zip');
  await convertDataset({ source: writeIdxPair(folder, 4), dest });
  const script =
    'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); print(z.testzip(), [(i.filename, i.compress_type) for i in z.infolist()])';
  const listing = execFileSync(python, ['-c', script, dest], { encoding: 'utf8' });
  const entries = [0, 1, 2, 3].map((i) => `('00000/img0000000${i}.png', 0)`);
  expect(listing.trim()).toBe(`None [${entries.join(', ')}, ('dataset.json', 0)]`);
});

it('an existing destination is refused unless overwriting is allowed', async () => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 2);
  const dest = join(folder, 'digits.zip');
  writeFileSync(dest, 'precious');
  await expect(convertDataset({ source, dest })).rejects.toThrow(/exists already/);
  expect(readFileSync(dest, 'utf8')).toBe('precious');
  await convertDataset({ source, dest, overwrite: true });
  expect(readFileSync(dest).length).toBeGreaterThan(1000);
});

const badSources: [what: string, spoil: (folder: string, images: string) => void, message: RegExp][] = [
  ['missing images', (_, images) => rmSync(images), /train-images-idx3-ubyte\.gz does not exist/],
  ['missing labels', (folder) => rmSync(join(folder, 'train-labels-idx1-ubyte.gz')), /train-labels.*does not exist/],
  ['images cut short', (_, images) => truncateSync(images, 500), /train-images.*cut short/],
  ['not gzip', (_, images) => writeFileSync(images, 'hello hello hello'), /train-images.*incorrect header check/],
  [
    'labels given as images',
    (folder, images) => writeFileSync(images, readFileSync(join(folder, 'train-labels-idx1-ubyte.gz'))),
    /begins with the number 0x00000801 instead of 0x00000803/,
  ],
  ['an empty file', (_, images) => writeFileSync(images, ''), /train-images/],
  [
    'fewer labels than images',
    (folder) => writeFileSync(join(folder, 'train-labels-idx1-ubyte.gz'), idxBytes([5], new Uint8Array(5))),
    /6 images.*5 labels/,
  ],
  [
    'fewer pixels than stated',
    (_, images) => writeFileSync(images, idxBytes([6, 28, 28], new Uint8Array(100))),
    /and it has 100/,
  ],
  [
    'more pixels than stated',
    (_, images) => writeFileSync(images, idxBytes([6, 2, 2], new Uint8Array(99))),
    /more data/,
  ],
  [
    'an absurd size',
    (_, images) => writeFileSync(images, idxBytes([4e9, 4e9, 4e9], new Uint8Array(9))),
    /impossible size/,
  ],
  [
    'images that are not square',
    (_, images) => writeFileSync(images, idxBytes([6, 4, 2], new Uint8Array(48))),
    /square/,
  ],
];
it.each(badSources)('bad source: %s', async (_, spoil, message) => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 6);
  spoil(folder, source);
  const dest = join(folder, 'out', 'digits.zip');
  await expect(convertDataset({ source, dest })).rejects.toThrow(message);
  expect(existsSync(dest)).toBe(false);
});

it('wrong options are named', async () => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 2);
  await expect(convertDataset({ source, dest: join(folder, 'a.zip'), maxImages: 0 })).rejects.toThrow(/maxImages/);
  await expect(convertDataset({ source: join(folder, 'a.txt'), dest: join(folder, 'a.zip') })).rejects.toThrow(
    /train-images-idx3/,
  );
  await expect(convertDataset({ source: temporaryFolder(), dest: join(folder, 'a.zip') })).rejects.toThrow(
    /no PNG, JPEG or WebP/,
  );
  writeFileSync(join(folder, 'file'), '');
  await expect(convertDataset({ source, dest: join(folder, 'file', 'a.zip') })).rejects.toThrow(
    /folder of .*cannot be made/,
  );
});

it('stopping leaves nothing behind', async () => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 20);
  const out = join(folder, 'out');
  const stop = new AbortController();
  const onProgress = (done: number) => done === 7 && stop.abort();
  const conversion = convertDataset({ source, dest: join(out, 'a.zip'), onProgress, signal: stop.signal });
  await expect(conversion).rejects.toThrow(/abort/i);
  expect(readdirSync(out)).toEqual([]);
});

it('a full disk leaves what was there', async (context) => {
  const folder = temporaryFolder();
  const source = writeIdxPair(folder, 200);
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk], { stdio: 'ignore' });
  } catch {
    return context.skip('mounting a small file system is not allowed here');
  }
  try {
    const dest = join(disk, 'digits.zip');
    writeFileSync(dest, 'precious');
    await expect(convertDataset({ source, dest, overwrite: true })).rejects.toThrow(
      /digits\.zip cannot be written: .*no space/i,
    );
    expect(readdirSync(disk)).toEqual(['digits.zip']);
    expect(readFileSync(dest, 'utf8')).toBe('precious');
  } finally {
    execFileSync('umount', [disk]);
  }
});

const FASHION = '/usr/share/datasets/fashion-mnist';
it.skipIf(!existsSync(FASHION))('Fashion-MNIST', async () => {
  const folder = temporaryFolder();
  const dest = join(folder, 'fashion.zip');
  const result = await convertDataset({ source: join(FASHION, 't10k-images-idx3-ubyte.gz'), dest });
  expect(result).toMatchObject({ numImages: 10_000, resolution: 32, channels: 1, numClasses: 10 });
  const dataset = await openDataset(dest, { useLabels: true });
  expect(dataset.labelDim).toBe(10);
  // The first test image is an ankle boot, class 9.
  expect(dataset.labelAt(0)).toEqual(Float32Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
  dataset.close();
});
