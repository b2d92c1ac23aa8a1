import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { CIFAR_NAMES, cifarBatch, cifarBinary, cifarMeta, packTar } from './cifar-files.js';
import { convertAndRead, color, writeFiles } from './convert-and-read.js';
import { idxBytes, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

const META = cifarMeta({ label_names: CIFAR_NAMES });
/** The members of the published archive, in its order; red is the number of the batch. */
const CIFAR_10: [string, Uint8Array | string][] = [
  ['data_batch_4', cifarBatch(2, 4)],
  ['readme.html', '<html>'],
  ['test_batch', cifarBatch(3, 9)],
  ['data_batch_3', cifarBatch(2, 3)],
  ['batches.meta', META],
  ['data_batch_2', cifarBatch(2, 2)],
  ['data_batch_5', cifarBatch(2, 5)],
  ['data_batch_1', cifarBatch(2, 1)],
];
const inFolder = (folder: string, files: readonly [string, Uint8Array | string][]) =>
  files.map(([name, data]): [string, Uint8Array | string] => [`${folder}/${name}`, data]);

it('CIFAR-10 in every wrapping: batches by name, in the order of their numbers', async () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  const files = inFolder('cifar-10-batches-py', CIFAR_10);
  const archive = await packTar([['cifar-10-batches-py/', ''], ...files]);
  writeFileSync(at('cifar-10-python.tar.gz'), gzipSync(archive));
  writeFileSync(at('renamed.download'), gzipSync(archive));
  writeFileSync(at('plain.tar'), archive);
  writeZip(at('cifar.zip'), files);
  writeFiles(at('root'), Object.fromEntries(files));
  const sources = [
    'cifar-10-python.tar.gz',
    'renamed.download',
    'plain.tar',
    'cifar.zip',
    'root',
    'root/cifar-10-batches-py',
  ];
  for (const source of sources) {
    const { first, classes, result } = await convertAndRead(at(source));
    expect([source, first]).toEqual([source, [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]]);
    expect(classes).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(result.classNames).toEqual(CIFAR_NAMES.slice(0, 2));
    expect(result.notes.join()).toMatch(/split train is taken, 5 batches; left out: test \(1 batch\)/);
  }
  expect((await convertAndRead(at('plain.tar'), { split: 'test' })).first).toEqual([9, 9, 9]);
  expect((await convertAndRead(at('root/cifar-10-batches-py/test_batch'))).first).toEqual([9, 9, 9]);
  expect((await convertAndRead(at('plain.tar'), { split: 'all', maxImages: 11 })).first.at(-1)).toBe(9);
  await expect(convertAndRead(at('plain.tar'), { split: 'validation' })).rejects.toThrow(
    /no split validation: it has train, test/,
  );
  await expect(convertAndRead(at('plain.tar'), { labels: 'coarse' })).rejects.toThrow(
    /CIFAR-10 has one kind of labels/,
  );
  expect((await convertAndRead(at('plain.tar'), { labels: 'none' })).result.numClasses).toBe(0);

  const binary = [5, 1, 2, 3, 4].map((n): [string, Uint8Array | string] => [`data_batch_${n}.bin`, cifarBinary(2, n)]);
  const packed = await packTar(inFolder('b', [...binary, ['batches.meta.txt', `${CIFAR_NAMES.join('\n')}\n\n`]]));
  writeFileSync(at('cifar-10-binary.tar.gz'), gzipSync(packed));
  const read = await convertAndRead(at('cifar-10-binary.tar.gz'));
  expect(read).toMatchObject({ first: [1, 1, 2, 2, 3, 3, 4, 4, 5, 5], classNames: CIFAR_NAMES.slice(0, 2) });
});

it('CIFAR-100 has fine and coarse labels, for Python and as bytes', async () => {
  const folder = temporaryFolder();
  const [fine, coarse] = [
    Array.from({ length: 100 }, (_, i) => `fine ${i}`),
    Array.from({ length: 20 }, (_, i) => `coarse ${i}`),
  ];
  const keys = { fine_labels: 100, coarse_labels: 20 };
  const python: [string, Uint8Array | string][] = [
    ['meta', cifarMeta({ fine_label_names: fine, coarse_label_names: coarse })],
    ['test', cifarBatch(3, 9, keys)],
    ['train', cifarBatch(30, 1, keys)],
  ];
  const bytes: [string, Uint8Array | string][] = [
    ['train.bin', cifarBinary(30, 1, [20, 100])],
    ['test.bin', cifarBinary(3, 9, [20, 100])],
    ['fine_label_names.txt', fine.join('\n')],
    ['coarse_label_names.txt', coarse.join('\r\n')],
  ];
  const path = join(folder, 'c.tar.gz');
  for (const files of [python, bytes]) {
    writeFileSync(path, gzipSync(await packTar(inFolder('cifar-100', files))));
    const all = await convertAndRead(path);
    expect([all.classes[25], all.classNames?.[25], all.result.numImages]).toEqual([25, 'fine 25', 30]);
    const few = await convertAndRead(path, { labels: 'coarse' });
    expect([few.classes[25], few.classNames?.[5], few.result.numClasses]).toEqual([5, 'coarse 5', 20]);
    await expect(convertAndRead(path, { labels: 'rough' })).rejects.toThrow(/CIFAR-100 has fine and coarse labels/);
  }
});

it('MNIST unpacked, in its raw folder, with dots in the names, and in an archive', async () => {
  const folder = temporaryFolder();
  const raw = join(folder, 'MNIST/raw');
  mkdirSync(raw, { recursive: true });
  const packedImages = (count: number, seed: number) =>
    idxBytes([count, 8, 8], patternBytes(count * 64, seed).fill(seed));
  const packedLabels = (count: number) =>
    idxBytes(
      [count],
      Uint8Array.from({ length: count }, (_, i) => i),
    );
  for (const [part, count, seed] of [
    ['train', 4, 1],
    ['t10k', 2, 2],
  ] as const) {
    for (const [name, packed] of [
      [`${part}-images-idx3-ubyte`, packedImages(count, seed)],
      [`${part}-labels-idx1-ubyte`, packedLabels(count)],
    ] as const) {
      writeFileSync(join(raw, `${name}.gz`), packed);
      writeFileSync(join(raw, name), gunzipSync(packed));
    }
  }
  for (const source of [
    'MNIST',
    'MNIST/raw',
    'MNIST/raw/train-images-idx3-ubyte',
    'MNIST/raw/train-images-idx3-ubyte.gz',
  ]) {
    expect(await convertAndRead(join(folder, source))).toMatchObject({ first: [1, 1, 1, 1], classes: [0, 1, 2, 3] });
  }
  expect((await convertAndRead(raw, { split: 'test' })).first).toEqual([2, 2]);

  const dotted = { 'train-images.idx3-ubyte': packedImages(2, 5), 'train-labels.idx1-ubyte': packedLabels(2) };
  expect((await convertAndRead(writeFiles(join(folder, 'dotted'), dotted))).classes).toEqual([0, 1]);
  const zip = writeZip(join(folder, 'gzip.zip'), [
    ['gzip/emnist-letters-train-images-idx3-ubyte.gz', packedImages(2, 6)],
    ['gzip/emnist-letters-train-labels-idx1-ubyte.gz', packedLabels(2)],
    ['gzip/emnist-digits-train-images-idx3-ubyte.gz', packedImages(2, 6)],
  ]);
  await expect(convertAndRead(zip)).rejects.toThrow(/several files of images: .*emnist-digits.*Give the path of one/);
});

const PARQUET = fileURLToPath(new URL('data/parquet', import.meta.url));

it('Parquet files of Hugging Face: shards in order, class names of the features, one split', async () => {
  const read = await convertAndRead(PARQUET.concat('/data'));
  expect(read).toMatchObject({
    first: [0, 1, 2, 3, 4, 5, 6, 7],
    classes: [0, 1, 2, 0, 1, 2, 0, 1],
    classNames: ['ant', 'bee', 'cat'],
  });
  expect(read.result.notes.join()).toMatch(/split train is taken, 2 files; left out: test \(1 file\)/);
  expect((await convertAndRead(`${PARQUET}/data`, { split: 'test' })).first).toEqual([100, 101]);
  const shards = `${PARQUET}/data/train-{00000..00001}-of-00002.parquet`;
  expect((await convertAndRead(shards, { maxImages: 6 })).first).toEqual([0, 1, 2, 3, 4, 5]);
  await expect(convertAndRead(`${PARQUET}/data/train-{00000..00002}-of-00002.parquet`)).rejects.toThrow(
    /train-00002-of-00002\.parquet does not exist, of the 3 files/,
  );
  // Bytes without a record; -1 is no label; text is the names of classes.
  const bytes = `${PARQUET}/bytes.parquet`;
  expect((await convertAndRead(bytes)).result).toMatchObject({
    numClasses: 0,
    numUnlabeled: 1,
    firstUnlabeled: `${bytes} (row 2)`,
  });
  expect(await convertAndRead(bytes, { labels: 'kind' })).toMatchObject({
    classes: [2, 0, 2, 1],
    classNames: ['ant', 'bee', 'wasp'],
  });
  await expect(convertAndRead(bytes, { labels: 'size' })).rejects.toThrow(
    /no labels size; its columns are kind, label/,
  );
});

it('WebDataset: shards by braces or in a folder, in the order of the archives', async () => {
  const folder = temporaryFolder();
  const shard = (n: number, labels: [ending: string, text: (i: number) => string] | null) =>
    packTar(
      [1, 0].flatMap((i): [string, Uint8Array | string][] => [
        [`${n}${i}.${labels === null ? '' : 'x.'}png`, color(10 * n + i)],
        ...(labels === null ? [] : [[`${n}${i}.${labels[0]}`, labels[1](i)] as [string, string]]),
      ]),
    );
  for (const n of [0, 1]) writeFileSync(join(folder, `train-00${n}.tar`), await shard(n, ['cls', (i) => `${i}\n`]));
  writeFileSync(join(folder, 'val-000.tar'), await shard(2, ['cls', () => '0']));
  const all = { first: [1, 0, 11, 10], classes: [1, 0, 1, 0] };
  expect(await convertAndRead(join(folder, 'train-{000..001}.tar'))).toMatchObject(all);
  expect(await convertAndRead(folder)).toMatchObject(all);
  const json = join(folder, 'json.tgz');
  writeFileSync(
    json,
    gzipSync(await shard(3, ['json', (i) => JSON.stringify({ label: ['b', 'a'][i], caption: 'c' })])),
  );
  expect(await convertAndRead(json)).toMatchObject({ first: [31, 30], classes: [0, 1], classNames: ['a', 'b'] });
  await expect(convertAndRead(json, { labels: 'kind' })).rejects.toThrow(
    /no labels kind; its columns are label, caption/,
  );
});

it('NumPy archives of Keras and MedMNIST', async () => {
  const npy = (shape: string, data: Uint8Array) => {
    const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape}), }`.padEnd(117);
    return Buffer.concat([Buffer.from(`\x93NUMPY\x01\x00\x76\x00${text}\n`, 'latin1'), data]);
  };
  const folder = temporaryFolder();
  const images = npy('2, 4, 4', new Uint8Array(32).fill(3));
  const keras = writeZip(join(folder, 'mnist.npz'), [
    ['x_test.npy', npy('1, 4, 4', new Uint8Array(16))],
    ['x_train.npy', images],
    ['y_train.npy', npy('2,', Uint8Array.of(1, 0))],
  ]);
  expect(await convertAndRead(keras)).toMatchObject({ first: [3, 3], classes: [1, 0] });
  const med = writeZip(join(folder, 'med.npz'), [
    ['train_images.npy', images],
    ['train_labels.npy', npy('2, 1', Uint8Array.of(0, 1))],
  ]);
  expect((await convertAndRead(med)).classes).toEqual([0, 1]);
});
