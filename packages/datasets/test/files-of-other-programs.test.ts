import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import tar from 'tar-stream';
import { expect, it } from 'vitest';
import { openDataset, openPictures } from '../src/index.js';
import { CIFAR_NAMES, cifarBatch, cifarMeta, packTar } from './cifar-files.js';
import { color, convertAndRead, writeFiles } from './convert-and-read.js';
import { idxBytes, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

/** The bytes of a file with a text replaced by another of the same length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const latin1 = Buffer.from(bytes).toString('latin1');
  expect(latin1).toContain(from);
  return Buffer.from(latin1.replaceAll(from, to), 'latin1');
}

it('names of a ZIP are UTF-8 without the flag that says so, as macOS writes them, and else those of DOS', async () => {
  const folder = temporaryFolder();
  const [path, other] = [join(folder, 'mac.zip'), join(folder, 'dos.zip')];
  const utf8 = (text: string) => Buffer.from(text).toString('latin1');
  const entries: [string, Uint8Array][] = [
    ['caff/a.png', color(1)],
    ['dog/b.png', color(2)],
  ];
  const zip = writeZip(path, entries);
  const bytes = readFileSync(zip);
  for (let at = 0; (at = bytes.indexOf('PK\x01\x02', at)) !== -1; at += 4) bytes.writeUInt16LE(0, at + 8);
  writeFileSync(zip, replaced(bytes, 'caff/', utf8('caé/')));
  expect((await convertAndRead(zip)).classNames).toEqual(['caé', 'dog']);
  writeFileSync(other, replaced(readFileSync(zip), utf8('caé/'), 'ca\x82x/'));
  expect((await convertAndRead(other)).classNames).toEqual(['caéx', 'dog']);
});

it('links in archives: files of the archive are read, others are counted, and none is an image that is broken', async () => {
  const folder = temporaryFolder();
  const pack = tar.pack();
  pack.entry({ name: 'cats/a.png' }, Buffer.from(color(1)));
  pack.entry({ name: 'dogs/b.png', type: 'link', linkname: './cats/a.png' });
  pack.entry({ name: 'dogs/c.png', type: 'symlink', linkname: '../cats/a.png' });
  pack.entry({ name: 'dogs/d.png', type: 'symlink', linkname: '/etc/passwd' });
  pack.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of pack) pieces.push(piece as Buffer);
  const path = join(folder, 'links.tar');
  writeFileSync(path, Buffer.concat(pieces));
  const read = await convertAndRead(path);
  expect(read).toMatchObject({ first: [1, 1, 1], classes: [0, 1, 1] });
  expect(read.result.notes).toEqual([expect.stringMatching(/links to elsewhere, pipes\): 1, such as dogs\/d\.png/)]);

  const zip = writeZip(join(folder, 'link.zip'), [
    ['a.png', color(1)],
    ['l.png', 'a.png'],
  ]);
  const bytes = readFileSync(zip);
  const entry = bytes.lastIndexOf('PK\x01\x02');
  bytes[entry + 5] = 3; // Unix
  bytes.writeUInt32LE((0o120777 << 16) >>> 0, entry + 38);
  writeFileSync(zip, bytes);
  expect((await convertAndRead(zip)).first).toEqual([1]);
});

it('CIFAR that was read with encoding="bytes" and pickled again; several data sets in one folder are refused', async () => {
  const folder = temporaryFolder();
  const asBytes = (file: Uint8Array, key: string) =>
    replaced(file, `\x55${String.fromCharCode(key.length)}${key}`, `\x43${String.fromCharCode(key.length)}${key}`);
  const batch = (n: number) => asBytes(asBytes(cifarBatch(1, n), 'data'), 'labels');
  const files = Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`cifar-10-batches-py/data_batch_${n}`, batch(n)]));
  const meta = asBytes(asBytes(cifarMeta({ label_names: CIFAR_NAMES }), 'label_names'), CIFAR_NAMES[0]!);
  writeFiles(folder, { ...files, 'cifar-10-batches-py/batches.meta': meta });
  expect(await convertAndRead(folder)).toMatchObject({ first: [1, 2, 3, 4, 5], classNames: [CIFAR_NAMES[0]] });

  writeFiles(folder, { 'MNIST/raw/train-images-idx3-ubyte.gz': idxBytes([1, 28, 28], patternBytes(784)) });
  await expect(convertAndRead(folder)).rejects.toThrow(/several data sets: MNIST\/raw, cifar-10-batches-py\. Give/);
});

it('MNIST: equal files are one, labels are not images, and images that are not square are resized', async () => {
  const folder = temporaryFolder();
  const images = idxBytes([2, 28, 28], patternBytes(2 * 784));
  const labels = idxBytes([2], Uint8Array.of(1, 0));
  writeFiles(folder, {
    'twice/train-images-idx3-ubyte/train-images-idx3-ubyte': images,
    'twice/train-images.idx3-ubyte': images,
    'twice/train-labels.idx1-ubyte': labels,
    'twice/train-labels-idx1-ubyte/train-labels-idx1-ubyte': labels,
    'alone/train-images-idx3-ubyte': images,
    'alone/wide-images-idx3-ubyte': idxBytes([1, 4, 8], patternBytes(32)),
    'alone/digits': images,
  });
  expect((await convertAndRead(join(folder, 'twice'))).classes).toEqual([1, 0]);
  await expect(convertAndRead(join(folder, 'twice/train-labels.idx1-ubyte'))).rejects.toThrow(
    /has labels\. Give the file of its images .*train-images\.idx3-ubyte/,
  );
  const alone = join(folder, 'alone/train-images-idx3-ubyte');
  await expect(convertAndRead(alone)).rejects.toThrow(/expected the labels .* --labels none/);
  expect((await convertAndRead(alone, { labels: 'none' })).first).toHaveLength(2);
  const wide = join(folder, 'alone/wide-images-idx3-ubyte');
  await expect(convertAndRead(wide, { labels: 'none' })).rejects.toThrow(/8x4x1 .*--resolution/);
  const resolution = { width: 4, height: 4 };
  expect((await convertAndRead(wide, { labels: 'none', resolution })).result.resolution).toBe(4);
  expect((await convertAndRead(join(folder, 'alone/digits'))).result.notes).toEqual([
    expect.stringMatching(/whose name has "images"/),
  ]);
});

it('WebDataset: names with dots in them, each with its own label', async () => {
  const folder = temporaryFolder();
  const path = join(folder, 'dots.tar');
  writeFileSync(
    path,
    await packTar([
      ['img.v1.a.png', color(1)],
      ['img.v1.a.cls', '1'],
      ['img.v1.b.png', color(2)],
      ['img.v1.b.cls', '0'],
    ]),
  );
  expect(await convertAndRead(path)).toMatchObject({ first: [1, 2], classes: [1, 0] });
});

it('folders of parts under their usual names; numbered folders are in the order of text, which is said', async () => {
  for (const [train, test] of [
    ['training_set', 'test_set'],
    ['seg_train', 'seg_test'],
    ['train2017', 'val2017'],
    ['trainset', 'testset'],
  ]) {
    const folder = writeFiles(temporaryFolder(), {
      [`${train}/cats/a.png`]: color(1),
      [`${train}/dogs/b.png`]: color(2),
      [`${test}/cats/c.png`]: color(3),
    });
    expect([train, (await convertAndRead(folder)).classNames]).toEqual([train, ['cats', 'dogs']]);
  }
  const classes = writeFiles(temporaryFolder(), {
    'train/a.png': color(1),
    'bus/b.png': color(2),
    'car/c.png': color(3),
  });
  expect((await convertAndRead(classes)).classNames).toEqual(['bus', 'car', 'train']);
  const numbers = writeFiles(temporaryFolder(), { '1/a.png': color(1), '2/b.png': color(2), '10/c.png': color(3) });
  const read = await convertAndRead(numbers);
  expect(read.classNames).toEqual(['1', '10', '2']);
  expect(read.result.notes).toEqual([expect.stringMatching(/order of text: class 0 is 1$/)]);
});

it('lists of labels: semicolons, other columns, none that matches, none at all, two for one image', async () => {
  const folder = temporaryFolder();
  const make = (name: string, files: Record<string, string>) =>
    writeFiles(join(folder, name), { 'a.png': color(1), 'b.png': color(2), ...files });
  const csv = make('csv', { 'metadata.csv': 'file_name;label\na.png;dog\nb.png;cat\n' });
  expect(await convertAndRead(csv)).toMatchObject({ classes: [1, 0], classNames: ['cat', 'dog'] });
  const named = make('named', { 'metadata.csv': 'picture,label\na.png,1\nb.png,0\n' });
  expect((await convertAndRead(named)).classes).toEqual([1, 0]);
  await expect(convertAndRead(make('other', { 'metadata.csv': 'picture,label\nx.png,1\n' }))).rejects.toThrow(
    /columns picture, label; expected file_name.*--labels none/,
  );
  const stated = (labels: unknown) => ({ 'dataset.json': JSON.stringify(labels) });
  const notes = async (path: string) => (await convertAndRead(path)).result.notes.join();
  expect(await notes(make('none', stated({ labels: [['set/a.png', 0]] })))).toMatch(/no image has a label.* is a\.png/);
  expect(await notes(make('silent', stated({ 'a.png': 0 })))).toMatch(/dataset\.json has no "labels"/);
  const twice = make('twice', stated({ labels: [['a.png', 0], ['./a.png', 1]] })); // prettier-ignore
  await expect(convertAndRead(twice)).rejects.toThrow(/a\.png has two labels, 0 and 1/);
  await expect(convertAndRead(make('list', stated([['a.png', 0]])))).rejects.toThrow(/not a JSON object, such as/);
});

it('what has no images says what is there, and what to do with it', async () => {
  const folder = temporaryFolder();
  writeFiles(folder, {
    'disk/train/dataset_info.json': '{}',
    'disk/train/data.arrow': Buffer.from('ffffffff00010000', 'hex'),
    'matlab/a.mat': 'MATLAB 5.0 MAT-file',
  });
  await expect(convertAndRead(join(folder, 'disk'))).rejects.toThrow(/data\.arrow, an Arrow file.*to_parquet/);
  await expect(convertAndRead(join(folder, 'matlab'))).rejects.toThrow(/a\.mat, a MATLAB file.*npz/);
  const nested = writeZip(join(folder, 'nested.zip'), [['inner.tar.gz', 'x']]);
  await expect(convertAndRead(nested)).rejects.toThrow(/has inner\.tar\.gz; unpack that/);
  mkdirSync(join(folder, 'empty'));
  await expect(convertAndRead(join(folder, 'empty'))).rejects.toThrow(/It is empty/);
});

it('a database of LMDB in a file of any name', async () => {
  const path = join(temporaryFolder(), 'images.lmdb');
  writeFileSync(path, readFileSync(fileURLToPath(new URL('data/toy_lmdb/data.mdb', import.meta.url))));
  const read = await convertAndRead(path, { resolution: { width: 8, height: 8 }, maxImages: 2 });
  expect(read.first).toHaveLength(2);
});

it('sources of images that are given as a data set are named, with the command that makes one', async () => {
  const folder = temporaryFolder();
  const open = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return openDataset(join(folder, name));
  };
  const archive = await packTar([['a.png', color(1)]]);
  await expect(open('a.tar.gz', gzipSync(archive))).rejects.toThrow(
    /a\.tar\.gz is not a data set.*is a tar\.gz file.*onestep dataset convert --source .*a\.tar\.gz --dest/,
  );
  await expect(open('a.zip', Buffer.from('<!doctype html>'))).rejects.toThrow(/a\.zip is not a data set.*a web page/);
  await expect(open('a.png', color(1))).rejects.toThrow(/a\.png is not a data set.*give the folder that it is in/);
});

it('images that are measured need no labels', async () => {
  const folder = temporaryFolder();
  const images = join(folder, 'train-images-idx3-ubyte');
  writeFileSync(images, idxBytes([2, 28, 28], patternBytes(2 * 784)));
  const pictures = await openPictures(images);
  expect(pictures.count).toBe(2);
  pictures.close();
});

it('labels of a name that is not there are refused, and not replaced by others', async () => {
  const folder = writeFiles(temporaryFolder(), { 'cats/a.png': color(1), 'dogs/b.png': color(2) });
  await expect(convertAndRead(folder, { labels: 'breed' })).rejects.toThrow(/no labels breed.*Leave the choice out/);
  writeFiles(folder, { 'dataset.json': JSON.stringify({ labels: [['cats/a.png', 1]] }) });
  await expect(convertAndRead(folder, { labels: 'breed' })).rejects.toThrow(/no labels breed/);
});
