import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { convertDataset, encodePng } from '../src/index.js';
import { CIFAR_NAMES, cifarBatch, cifarMeta, packTar } from './cifar-files.js';
import { convertAndRead, level, writeFiles } from './convert-and-read.js';
import { grayPng, patternBytes, temporaryFolder, writeZip } from './sample-files.js';

it('the folders at the top are the classes, in the order of their code points; other files are left alone', async () => {
  const folder = writeFiles(temporaryFolder(), {
    'b/x.png': level(1),
    'B/deep/y.PNG': level(2),
    'a.png': level(3),
    'b/notes.txt': 'hello',
    '\u{1f600}/z.png': level(4),
    '\uff5e/z.png': level(5),
  });
  const { first, classes } = await convertAndRead(folder);
  // 'B/deep/y.PNG' 'a.png' 'b/x.png' and, by code points, U+FF5E before U+1F600.
  expect(first).toEqual([2, 3, 1, 5, 4]);
  expect(classes).toEqual([1, 0, 2, 3, 4]);
});

it('one folder gives no classes; dataset.json comes before folders, and is used only if it has all images', async () => {
  const images = { 'a/0.png': level(0), 'b/1.png': level(1) };
  const json = (labels: unknown) => JSON.stringify({ labels });
  expect((await convertAndRead(writeFiles(temporaryFolder(), { 'a/0.png': level(0) }))).classes).toEqual([null]);
  const labeled = writeFiles(temporaryFolder(), {
    ...images,
    'dataset.json': json([
      ['a/0.png', 7],
      ['b/1.png', 2],
    ]),
  });
  expect((await convertAndRead(labeled)).classes).toEqual([7, 2]);
  const partly = writeFiles(temporaryFolder(), { ...images, 'dataset.json': json([['a/0.png', 7]]) });
  const { classes, result } = await convertAndRead(partly);
  expect(classes).toEqual([null, null]);
  expect(result).toMatchObject({ numClasses: 0, numUnlabeled: 1 });
  const vectors = writeFiles(temporaryFolder(), {
    ...images,
    'dataset.json': json([
      ['a/0.png', [0.5, 1]],
      ['b/1.png', [2, 3]],
    ]),
  });
  expect((await convertAndRead(vectors)).labels).toEqual([
    [0.5, 1],
    [2, 3],
  ]);
});

it('class names: folders at the top, those of dataset.json, or stated ones; else none', async () => {
  const images = { 'b/0.png': level(0), 'a/1.png': level(1), 'c d/2.png': level(2) };
  const folder = writeFiles(temporaryFolder(), images);
  const dest = join(temporaryFolder(), 'made.zip');
  const named = await convertAndRead(folder, { dest });
  expect(named).toMatchObject({ classNames: ['a', 'b', 'c d'], result: { classNames: ['a', 'b', 'c d'] } });
  // Converted again, a data set keeps its names.
  expect((await convertAndRead(dest)).classNames).toEqual(['a', 'b', 'c d']);
  // A part of the images has names for its classes only.
  expect(await convertAndRead(folder, { maxImages: 2 })).toMatchObject({ classes: [0, 1], classNames: ['a', 'b'] });
  expect((await convertAndRead(folder, { classNames: ['x', 'y', 'z'] })).classNames).toEqual(['x', 'y', 'z']);
  // A class of images outside of all folders has no name.
  const outside = writeFiles(temporaryFolder(), { ...images, '3.png': level(3) });
  expect(await convertAndRead(outside)).toMatchObject({
    classNames: null,
    result: { numClasses: 4, classNames: null },
  });
});

it.each([
  [['a'], /has 3 classes \(labels 0 to 2\) and the number of class names is 1 \(a\); give one name per class/],
  [['a', 'b', 'c', 'd'], /the number of class names is 4/],
  [['a', ' ', 'c'], /name of class 1 is empty/],
])('the class names %j are refused before anything is made', async (classNames, message) => {
  const source = writeFiles(temporaryFolder(), { 'a/0.png': level(0), 'b/1.png': level(1), 'c/2.png': level(2) });
  const dest = join(temporaryFolder(), 'new', 'made.zip');
  await expect(convertDataset({ source, dest, classNames })).rejects.toThrow(message);
  expect(existsSync(dirname(dest))).toBe(false);
  const unlabeled = writeFiles(temporaryFolder(), { '0.png': level(0) });
  await expect(convertDataset({ source: unlabeled, dest, classNames })).rejects.toThrow(/has no class labels/);
});

it('a ZIP file of class folders has the classes of the folder, and maxImages takes the first names', async () => {
  const entries: [string, Uint8Array | string][] = [
    ['y/2.png', level(2)],
    ['x/1.png', level(1)],
  ];
  const zip = writeZip(join(temporaryFolder(), 'in.zip'), entries);
  expect(await convertAndRead(zip)).toMatchObject({ first: [1, 2], classes: [0, 1], classNames: ['x', 'y'] });
  expect(await convertAndRead(zip, { maxImages: 1 })).toMatchObject({ first: [1] });
});

it('into a folder, which must be empty, appears when it is complete, and is read as a data set', async () => {
  const source = writeFiles(temporaryFolder(), { '0.png': level(10), '1.png': level(11) });
  const dest = join(temporaryFolder(), 'new', 'folder');
  expect(await convertAndRead(source, { dest })).toMatchObject({
    first: [10, 11],
    names: ['00000/img00000000.png', '00000/img00000001.png'],
  });
  await expect(convertDataset({ source, dest, overwrite: true })).rejects.toThrow(/is not empty/);
});

it('center-crop-wide leaves out small images, whose numbers stay free', async () => {
  const rgb = (width: number, height: number) =>
    encodePng(new Uint8Array(width * height * 3).fill(50), { width, height, channels: 3 });
  const source = writeFiles(temporaryFolder(), { '0.png': rgb(16, 16), '1.png': rgb(7, 16), '2.png': rgb(16, 16) });
  const { names, result } = await convertAndRead(source, {
    transform: 'center-crop-wide',
    resolution: { width: 8, height: 4 },
  });
  expect(names).toEqual(['00000/img00000000.png', '00000/img00000002.png']);
  expect(result).toMatchObject({ numImages: 2, numSkipped: 1, resolution: 8, channels: 3 });
});

it('LSUN: the records in the order of their keys, those that are not images left out', async () => {
  // data.mdb was written by Python's lmdb: 89 records on four leaf pages, one JPEG file on pages of its own,
  // one of no image.
  const source = fileURLToPath(new URL('data/toy_lmdb', import.meta.url));
  const skipped: string[] = [];
  const { result, first } = await convertAndRead(source, {
    resolution: { width: 8, height: 8 },
    onSkipped: (reason) => skipped.push(reason),
  });
  expect(result).toMatchObject({ numImages: 88, channels: 3, numSkipped: 1, numClasses: 0 });
  expect(skipped[0]).toMatch(/toy_lmdb, [0-9a-f]{40}: not a PNG/);
  // Image i has i in its first pixel; the keys are hashes of i. All but 0, which was deleted, 3, the JPEG
  // file, and 7.
  const expected = Array.from({ length: 90 }, (_, i) => i).filter((i) => ![0, 3, 7].includes(i));
  for (const i of expected) expect(first).toContain(i);
});

it('LSUN: a page that is at no position of a file is damage, and is named', async () => {
  const folder = temporaryFolder();
  const data = readFileSync(fileURLToPath(new URL('data/toy_lmdb/data.mdb', import.meta.url)));
  // The root of the records, in both descriptions of the database.
  for (const page of [0, data.readUInt32LE(40)]) data.writeBigUInt64LE(2n ** 57n, page + 88 + 40);
  writeFileSync(join(folder, 'data.mdb'), data);
  await expect(convertDataset({ source: folder, dest: join(folder, 'a.zip') })).rejects.toThrow(
    /data\.mdb: a damaged LMDB database: page \d+ lies outside the file/,
  );
});

/** Images of a batch. The published ones have 10,000. */
const BATCH = 200;

it('CIFAR-10 for Python: planes become pixels, batch after batch, whatever their order in the archive', async () => {
  const path = join(temporaryFolder(), 'cifar-10-python.tar.gz');
  writeFileSync(path, await cifarArchive([4, 3, 'meta', 2, 5, 1]));
  const { result, classes, classNames, first } = await convertAndRead(path, { maxImages: BATCH + 2 });
  expect(result).toMatchObject({ numImages: BATCH + 2, resolution: 32, channels: 3, numClasses: 10 });
  expect([classes[3], classes[BATCH + 1]]).toEqual([3, 1]);
  expect([first[0], first[BATCH - 1], first[BATCH]]).toEqual([1, 1, 2]);
  expect(classNames).toEqual(CIFAR_NAMES);
  expect(result.classNames).toEqual(CIFAR_NAMES);

  writeFileSync(path, await cifarArchive([1, 2, 3, 4, 5]));
  expect((await convertAndRead(path, { maxImages: 1 })).classNames).toBeNull();
  writeFileSync(path, await cifarArchive([1, 2, 4, 5], 10));
  await expect(convertAndRead(path)).rejects.toThrow(
    /expected data_batch_1 to data_batch_5.*found data_batch_1, data_batch_2, data_batch_4/,
  );
});

/**
 * The archive with contents in the first two batches. Red is the number of the batch, green 7, blue 8.
 *
 * @param parts numbers of the batches, and `meta` for the file with the names
 */
async function cifarArchive(parts: (number | 'meta')[], images = BATCH): Promise<Buffer> {
  const contents = (part: number) => cifarBatch(images, part);
  const files = parts.map((part): [string, Uint8Array | string] =>
    part === 'meta'
      ? ['batches.meta', cifarMeta({ label_names: CIFAR_NAMES })]
      : [`data_batch_${part}`, part <= 2 ? contents(part) : 'not read'],
  );
  return gzipSync(await packTar(files.map(([name, data]) => [`cifar-10-batches-py/${name}`, data])), { level: 1 });
}

/** A file of `numpy.save`. */
function npyBytes(descr: string, shape: number[], data: Uint8Array, fortran = 'False'): Buffer {
  const text = `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape.join(', ')},), }`;
  const header = `${text.padEnd(128 - 10 - 1)}\n`;
  return Buffer.concat([
    Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length, 0)}`, 'latin1'),
    Buffer.from(header),
    data,
  ]);
}

it('arrays of NumPy, alone and with labels', async () => {
  const images = npyBytes('|u1', [3, 4, 4, 3], patternBytes(144));
  const folder = writeFiles(temporaryFolder(), {
    'a.npy': images,
    'gray.npy': npyBytes('|u1', [2, 4, 4], patternBytes(32)),
  });
  expect((await convertAndRead(join(folder, 'a.npy'))).first).toEqual([0, 48, 96].map((i) => patternBytes(144)[i]));
  expect((await convertAndRead(join(folder, 'gray.npy'))).result).toMatchObject({ numImages: 2, channels: 1 });
  const labels = Buffer.alloc(24);
  [5, 0, 2].forEach((label, i) => labels.writeBigInt64LE(BigInt(label), 8 * i));
  const npz = writeZip(join(folder, 'b.npz'), [
    ['arr_0.npy', images],
    ['arr_1.npy', npyBytes('<i8', [3], labels)],
  ]);
  expect(await convertAndRead(npz)).toMatchObject({
    classes: [5, 0, 2],
    first: [0, 48, 96].map((i) => patternBytes(144)[i]),
  });
});

it.each([
  ['floats', npyBytes('<f4', [1, 2, 2, 3], new Uint8Array(48)), /type <f4; images are uint8/],
  ['channels first', npyBytes('|u1', [1, 3, 4, 4], new Uint8Array(48)), /channels last/],
  ['Fortran order', npyBytes('|u1', [1, 4, 4], new Uint8Array(16), 'True'), /ascontiguousarray/],
  ['objects', npyBytes('|O', [1, 4, 4], new Uint8Array(16)), /type \|O/],
  ['cut short', npyBytes('|u1', [2, 4, 4], new Uint8Array(20)), /ends after 1 of its 2 images/],
  ['no array', 'hello, this is text', /not an array/],
])('an array that is refused: %s', async (_, contents, message) => {
  const folder = writeFiles(temporaryFolder(), { 'a.npy': contents });
  await expect(convertAndRead(join(folder, 'a.npy'))).rejects.toThrow(message);
});

it('archives of NumPy with several arrays of images, or with labels in words, are refused', async () => {
  const images = npyBytes('|u1', [1, 4, 4], new Uint8Array(16));
  const both = writeZip(join(temporaryFolder(), 'both.npz'), [
    ['x_train.npy', images],
    ['train_images.npy', images],
  ]);
  await expect(convertAndRead(both)).rejects.toThrow(
    /both\.npz has images in x_train, train_images; choose one split.* or leave the other arrays out/,
  );
  const words = writeZip(join(temporaryFolder(), 'words.npz'), [
    ['images.npy', images],
    ['labels.npy', npyBytes('<U3', [1], Buffer.from('c\0\0\0a\0\0\0t\0\0\0'))],
  ]);
  await expect(convertAndRead(words)).rejects.toThrow(/words\.npz.*Labels are numbers: number the classes/);
});

it('CIFAR whose files hold something else is refused by name', async () => {
  const folder = temporaryFolder();
  const files = (first: Uint8Array) =>
    Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`cifar-10-batches-py/data_batch_${n}`, n > 1 ? cifarBatch(1, n) : first])); // prettier-ignore
  writeFiles(folder, files(Buffer.from('\x80\x02].', 'latin1')));
  await expect(convertAndRead(folder)).rejects.toThrow(/data_batch_1: not a dict; is this CIFAR-10, and complete\?/);
  writeFiles(folder, files(cifarBatch(1, 1, { fine_labels: 100 })));
  await expect(convertAndRead(folder)).rejects.toThrow(/data_batch_1: its "labels" are not 1 /);
  writeFiles(folder, {
    ...files(cifarBatch(1, 1)),
    'cifar-10-batches-py/batches.meta': cifarMeta({ label_names: ['cat'] }),
  });
  await expect(convertAndRead(folder)).rejects.toThrow(/batches\.meta: its "label_names" are not 10 strings/);
});

it('ranges of shards begin with the smaller number, and wide crops are wide', async () => {
  await expect(convertAndRead(join(temporaryFolder(), 'shard-{5..1}.tar'))).rejects.toThrow(
    'The range {5..1} is empty; the smaller number comes first.',
  );
  const folder = writeFiles(temporaryFolder(), { 'a.png': level(1) });
  const options = { transform: 'center-crop-wide', resolution: { width: 2, height: 4 } } as const;
  await expect(convertAndRead(folder, options)).rejects.toThrow(/needs a resolution with width >= height, got 2x4/);
  const large = { resolution: { width: 0, height: 4 } };
  await expect(convertAndRead(folder, large)).rejects.toThrow(/A resolution has sides of 1 to \d+ pixels, not 0x4/);
  const dest = join(folder, 'a.png');
  await expect(convertAndRead(folder, { dest })).rejects.toThrow(/a\.png is a file; the destination has to be/);
});

it('an archive with a name that leads out of it is refused, and an image in it that is cut short named', async () => {
  const out = writeZip(join(temporaryFolder(), 'out.zip'), [['../a.png', level(1)]]);
  await expect(convertAndRead(out)).rejects.toThrow(/out\.zip: an entry has the name \.\.\/a\.png, which leads out/);
  const short = writeZip(join(temporaryFolder(), 'short.zip'), [['a.png', level(1).subarray(0, 50)]]);
  await expect(convertAndRead(short)).rejects.toThrow(/short\.zip, a\.png: a damaged PNG image \(it is cut short\)/);
});

it.each([
  ['no images', { 'a.txt': 'x' }, /no PNG, JPEG or WebP images/],
  [
    'a kind that is not supported',
    { 'a.png': level(1), 'b.bmp': 'BM' },
    /b\.bmp: not a PNG, JPEG or WebP image but a BMP image/,
  ],
  ['dataset.json that is not JSON', { 'a.png': level(1), 'dataset.json': '{' }, /dataset\.json: not valid JSON/],
  [
    'a label that is none',
    { 'a.png': level(1), 'dataset.json': '{"labels": [["a.png", "cat"]]}' },
    /label of a\.png is "cat"/,
  ],
  [
    'class_names of another kind',
    { 'a.png': level(1), 'dataset.json': '{"labels": [["a.png", 0]], "class_names": "cat"}' },
    /dataset\.json: "class_names" is not a list of names/,
  ],
  [
    'labels of two kinds',
    { '0.png': level(1), '1.png': level(1), 'dataset.json': '{"labels": [["0.png", 1], ["1.png", [1]]]}' },
    /1\.png: its label is \[1\]/,
  ],
  ['images of two sizes', { '0.png': grayPng(4), '1.png': grayPng(8) }, /1\.png is 8x8x1.*before it are 4x4x1/],
])('a folder that is refused: %s', async (_, files, message) => {
  const dest = join(temporaryFolder(), 'made.zip');
  await expect(
    convertAndRead(writeFiles(temporaryFolder(), files as Record<string, Uint8Array | string>), { dest }),
  ).rejects.toThrow(message);
});

it('links to folders are followed, but not in a circle', async () => {
  const [a, b] = [
    writeFiles(temporaryFolder(), { '0.png': level(1) }),
    writeFiles(temporaryFolder(), { '1.png': level(2) }),
  ];
  symlinkSync(b, join(a, 'linked'));
  expect((await convertAndRead(a)).first).toEqual([1, 2]);
  symlinkSync(a, join(b, 'back'));
  await expect(convertAndRead(a)).rejects.toThrow(/link to a folder that contains it/);
});

it('JPEG and WebP images: gray and RGB are read, others made so with a note', async () => {
  const flat = (channels: 3 | 4) =>
    sharp({ create: { width: 8, height: 8, channels, background: { r: 200, g: 100, b: 50, alpha: 0.5 } } });
  const read = async (file: Buffer, name: string) => convertAndRead(writeFiles(temporaryFolder(), { [name]: file }));
  const gray = await sharp(Buffer.alloc(64, 90), { raw: { width: 8, height: 8, channels: 1 } })
    .toColourspace('b-w')
    .jpeg()
    .toBuffer();
  expect(await read(gray, 'a.jpg')).toMatchObject({ first: [90], result: { channels: 1, notes: [] } });
  expect((await read(await flat(3).webp({ lossless: true }).toBuffer(), 'a.webp')).first).toEqual([200]);
  expect(await read(await flat(4).webp({ lossless: true }).toBuffer(), 'a.webp')).toMatchObject({
    first: [227],
    result: { channels: 3, notes: ['1 image has transparent pixels: laid on white'] },
  });
  const cmyk = await read(await flat(3).toColourspace('cmyk').jpeg().toBuffer(), 'a.jpg');
  expect(cmyk.result).toMatchObject({ channels: 3, notes: ['1 image is CMYK: made RGB'] });
  expect(Math.abs(cmyk.first[0]! - 200)).toBeLessThan(8);
  const jpeg = await sharp(Buffer.from(patternBytes(64 * 64 * 3)), { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  await expect(read(jpeg.subarray(0, jpeg.length / 2), 'a.jpg')).rejects.toThrow(/a\.jpg: a damaged JPEG image/);
  // The size in the frame header, after its marker, length and depth.
  const bomb = Buffer.from(jpeg);
  const frame = bomb.indexOf(Buffer.from([0xff, 0xc0]));
  for (const side of [60_000, 10_000]) {
    bomb.writeUInt16BE(side, frame + 5);
    bomb.writeUInt16BE(side, frame + 7);
    await expect(read(bomb, 'a.jpg')).rejects.toThrow(`a.jpg: the image states a size of ${side}x${side}`);
  }
  await expect(read(Buffer.from('hello'), 'a.jpg')).rejects.toThrow(/a\.jpg: not a PNG, JPEG or WebP image/);
});
