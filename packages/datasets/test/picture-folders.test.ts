import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { isIgnoredName, openDataset } from '../src/index.js';
import { packTar } from './cifar-files.js';
import { color, convertAndRead, level, writeFiles } from './convert-and-read.js';
import { temporaryFolder, writeZip } from './sample-files.js';

type Files = Record<string, Uint8Array | string>;

/** The same files as a folder, a ZIP, a ZIP of the folder, and a gzipped tar of the folder. */
async function wrappings(files: Files): Promise<string[]> {
  const folder = temporaryFolder();
  const entries = Object.entries(files);
  const inside = entries.map(([name, data]): [string, Uint8Array | string] => [`my pictures/${name}`, data]);
  writeFileSync(join(folder, 'c.tar.gz'), gzipSync(await packTar(inside)));
  return [
    writeFiles(join(folder, 'folder'), files),
    writeZip(join(folder, 'a.zip'), entries),
    writeZip(join(folder, 'b.zip'), inside),
    join(folder, 'c.tar.gz'),
  ];
}

it('files of systems and tools are left out, and counted in one line', async () => {
  const files = {
    'cats/a.png': color(1),
    'cats/._a.png': 'x',
    'cats/Thumbs.db': 'x',
    'dogs/b.png': color(2),
    'dogs/desktop.ini': 'x',
    '.ipynb_checkpoints/a.png': color(3),
    '__MACOSX/cats/._a.png': 'x',
  };
  for (const source of await wrappings(files)) {
    const { first, classNames, result } = await convertAndRead(source);
    expect([source, first, classNames]).toEqual([source, [1, 2], ['cats', 'dogs']]);
    expect(result.notes).toEqual([expect.stringMatching(/^5 files of systems and tools are left out .*such as /)]);
  }
  expect(['a/b.png', './a.png', 'a..b/c.png'].filter(isIgnoredName)).toEqual([]);
});

it('a data set that was packed again on a Mac is read', async () => {
  const path = writeZip(join(temporaryFolder(), 'a.zip'), [
    ['set/00000/img00000000.png', level(5)],
    ['__MACOSX/set/00000/._img00000000.png', 'x'],
    ['set/dataset.json', '\ufeff{"labels": [["00000/img00000000.png", 3]]}'],
  ]);
  const dataset = await openDataset(path, { useLabels: true });
  expect([dataset.length, dataset.imageAt(0)[0], dataset.classAt(0), dataset.nameAt(0)]).toEqual([
    1,
    5,
    3,
    '00000/img00000000.png',
  ]);
  dataset.close();
});

/** Images of one flat color in many forms, with what they become. */
async function manyForms(): Promise<Record<string, [file: Buffer, channels: number, note: string | null]>> {
  const flat = () => sharp({ create: { width: 4, height: 4, channels: 3, background: { r: 200, g: 100, b: 50 } } });
  const wide = (channels: 1 | 3) =>
    sharp(new Uint16Array(16 * channels).fill(200 * 256), { raw: { width: 4, height: 4, channels } });
  const frames = sharp(Buffer.alloc(4 * 8 * 3, 200).fill(90, 4 * 4 * 3), {
    raw: { width: 4, height: 8, channels: 3, pageHeight: 4 },
  });
  return {
    'baseline.jpg': [await flat().jpeg({ quality: 100 }).toBuffer(), 3, null],
    'progressive.jpg': [await flat().jpeg({ quality: 100, progressive: true }).toBuffer(), 3, null],
    'turned.jpg': [await flat().jpeg({ quality: 100 }).withMetadata({ orientation: 6 }).toBuffer(), 3, 'turned'],
    'a.webp': [await flat().webp({ lossless: true }).toBuffer(), 3, null],
    'a.avif': [await flat().avif({ lossless: true }).toBuffer(), 3, null],
    'a.tiff': [await flat().tiff({ compression: 'lzw' }).toBuffer(), 3, null],
    'a.gif': [await flat().gif().toBuffer(), 3, null],
    'moving.gif': [await frames.gif().toBuffer(), 3, 'several frames'],
    'palette.png': [await flat().png({ palette: true }).toBuffer(), 3, 'palette'],
    'wide.png': [await wide(3).toColourspace('rgb16').png().toBuffer(), 3, '16 bits'],
    'wide gray.png': [await wide(1).toColourspace('grey16').png().toBuffer(), 1, '16 bits'],
    'wide.tiff': [await wide(3).toColourspace('rgb16').tiff({ compression: 'none' }).toBuffer(), 3, '16 bits'],
    'named wrongly.jpg': [await flat().png().toBuffer(), 3, null],
  };
}

it('every form of an image is read, and what was changed is said', async () => {
  for (const [name, [file, channels, note]] of Object.entries(await manyForms())) {
    const { first, result } = await convertAndRead(writeFiles(temporaryFolder(), { [name]: file }));
    expect([name, result.channels, result.notes.length]).toEqual([name, channels, note === null ? 0 : 1]);
    if (note !== null) expect(result.notes[0]).toContain(note);
    expect(Math.abs(first[0]! - 200)).toBeLessThanOrEqual(2);
  }
});

it('a photograph is turned upright', async () => {
  // The right half is white; orientation 6 turns it by 90 degrees, so that the lower half is.
  const half = Buffer.from(Array.from({ length: 64 * 3 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? 0 : 255)));
  const file = await sharp(half, { raw: { width: 8, height: 8, channels: 3 } })
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata({ orientation: 6 })
    .toBuffer();
  const dest = join(temporaryFolder(), 'a.zip');
  await convertAndRead(writeFiles(temporaryFolder(), { 'a.jpg': file }), { dest });
  const dataset = await openDataset(dest);
  const pixels = dataset.imageAt(0);
  dataset.close();
  expect([pixels[0]! < 20, pixels[7 * 3]! < 20, pixels.at(-1)! > 235, pixels[7 * 8 * 3]! > 235]).toEqual([
    true,
    true,
    true,
    true,
  ]);
});

it('gray images among RGB ones become RGB, wherever they come; gray ones alone stay gray', async () => {
  const mixed = { '0.png': level(1), '1.png': color(2), '2.png': level(3) };
  const [folder, zip] = await wrappings(mixed);
  const results = [await convertAndRead(folder!), await convertAndRead(zip!)];
  for (const { first, result } of results) {
    expect([first, result.channels]).toEqual([[1, 2, 3], 3]);
    expect(result.notes).toEqual(['2 images are gray among RGB ones: made RGB']);
  }
  const crop = { transform: 'center-crop', resolution: { width: 2, height: 2 } } as const;
  expect((await convertAndRead(folder!, crop)).result.channels).toBe(3);
  expect((await convertAndRead(folder!, { resolution: { width: 2, height: 2 } })).first).toEqual([1, 2, 3]);
  expect((await convertAndRead(writeFiles(temporaryFolder(), { '0.png': level(1) }))).result.channels).toBe(1);
});

const BROKEN: Files = {
  '0.png': color(1),
  '1.png': color(2).slice(0, 60),
  '2.jpg': '<!DOCTYPE html><html>',
  '3.png': '',
  '4.png': color(4),
  '5.png': 'version https://git-lfs.github.com/spec/v1\n',
};

it('all images that cannot be read are in one error, and nothing is made', async () => {
  for (const source of await wrappings(BROKEN)) {
    const dest = join(temporaryFolder(), 'made.zip');
    const error = await convertAndRead(source, { dest }).catch((thrown: Error) => thrown);
    const { message } = error as Error;
    expect(message).toContain('4 images cannot be used');
    expect(message).toMatch(
      /1\.png: a damaged PNG.*\n.*2\.jpg: .*a web page.*\n.*3\.png: .*an empty file.*\n.*5\.png: .*Git LFS/,
    );
    expect(message).toContain('--on-error skip');
    expect(existsSync(dest)).toBe(false);
  }
});

it('with onError skip they are left out and named', async () => {
  for (const source of await wrappings(BROKEN)) {
    const skipped: string[] = [];
    const { first, names, result } = await convertAndRead(source, {
      onError: 'skip',
      onSkipped: (reason) => skipped.push(reason),
    });
    expect([first, result.numSkipped, skipped.length]).toEqual([[1, 4], 4, 4]);
    expect(names).toEqual(['00000/img00000000.png', '00000/img00000001.png']);
    expect(skipped[0]).toMatch(/1\.png: a damaged PNG image/);
  }
  const [all] = await wrappings({ 'a.png': 'x', 'b.png': 'y' });
  await expect(convertAndRead(all!, { onError: 'skip' })).rejects.toThrow(
    /no images that can be used \(2 were left out\)/,
  );
});

it('images of several sizes are counted by size, and the way out is named', async () => {
  const folder = writeFiles(temporaryFolder(), {
    '0.png': color(1),
    '1.png': color(2, 0, 0, 8),
    '2.png': color(3, 0, 0, 8),
  });
  const { message } = (await convertAndRead(folder, { onError: 'skip' }).catch((error: Error) => error)) as Error;
  expect(message).toMatch(/1\.png is 8x8x3.*before it are 4x4x3[^]*2 of 8x8x3, such as .*1\.png\n.*1 of 4x4x3/);
  expect(message).toContain('--transform center-crop --resolution WxH');
});

it('dataset.json: the same answer for folder and archive, however it is written', async () => {
  const pair = (name: string, label: number) => [name, label];
  const forms = {
    plain: [pair('caf\u00e9/a.png', 1), pair('b.png', 0)],
    decomposed: [pair('cafe\u0301/a.png', 1), pair('./b.png', 0)],
    backslashes: [pair('caf\u00e9\\a.png', 1), pair('.\\b.png', 0)],
  };
  for (const labels of Object.values(forms)) {
    const text = JSON.stringify({ labels, class_names: ['x', 'y'] });
    const encodings = [text, `\ufeff${text}`, Buffer.from(`\ufeff${text}`, 'utf16le')];
    for (const json of encodings) {
      const images = { 'cafe\u0301/a.png': color(1), 'b.png': color(2), 'dataset.json': json };
      for (const source of await wrappings(images)) {
        const { classes, classNames, result } = await convertAndRead(source);
        expect([source, classes, classNames, result.notes]).toEqual([source, [0, 1], ['x', 'y'], []]);
      }
    }
  }
});

it('labels that are missing, and labels of images that are not there, are named', async () => {
  const labels = JSON.stringify({
    labels: [
      ['a.png', 0],
      ['gone.png', 1],
    ],
  });
  for (const source of await wrappings({ 'a.png': color(1), 'b.png': color(2), 'dataset.json': labels })) {
    const { result } = await convertAndRead(source);
    expect(result).toMatchObject({ numUnlabeled: 1, firstUnlabeled: expect.stringMatching(/b\.png$/) });
    expect(result.notes).toEqual([
      expect.stringMatching(/labels of images that are not there: 1, the first gone\.png/),
    ]);
  }
  const none = JSON.stringify({ labels: null });
  for (const source of await wrappings({ 'a/0.png': color(1), 'b/1.png': color(2), 'dataset.json': none })) {
    expect((await convertAndRead(source)).classes).toEqual([null, null]);
  }
});

it('folders that only number the images are not classes', async () => {
  for (const names of [
    ['00000/img00000999.png', '00001/img00001000.png'],
    ['00000/00999.png', '01000/01000.png'],
  ]) {
    const files = Object.fromEntries(names.map((name, i) => [name, color(i)]));
    expect((await convertAndRead(writeFiles(temporaryFolder(), files))).classes).toEqual([null, null]);
  }
});

it('image folders of Hugging Face: metadata and splits', async () => {
  const jsonl = [
    '{"file_name": "0.png", "label": "dog", "text": "x"}',
    '',
    '{"file_name": "1.png", "label": "cat"}',
  ].join('\n');
  const split = {
    'train/metadata.jsonl': jsonl,
    'train/0.png': color(1),
    'train/1.png': color(2),
    'test/metadata.jsonl': '{"file_name": "0.png", "label": "dog"}',
    'test/0.png': color(3),
  };
  for (const source of await wrappings(split)) {
    const { first, classes, classNames, result } = await convertAndRead(source);
    expect([first, classes, classNames]).toEqual([
      [1, 2],
      [1, 0],
      ['cat', 'dog'],
    ]);
    expect(result.notes).toEqual([
      expect.stringMatching(/split train is taken, 2 images; left out: test \(1 image\)/),
      'images without a caption: 1, the first train/1.png',
    ]);
    expect(result.numCaptions).toBe(1);
  }
  const [folder] = await wrappings(split);
  expect((await convertAndRead(folder!, { split: 'all' })).first).toEqual([3, 1, 2]);
  await expect(convertAndRead(folder!, { labels: 'text2' })).rejects.toThrow(/no labels text2; its columns are label/);
  const csv = {
    'metadata.csv': 'file_name,text,label\r\n0.png,"a ""b"", c",2\r\n./1.png,d,0\r\n',
    '0.png': color(1),
    '1.png': color(2),
  };
  expect((await convertAndRead(writeFiles(temporaryFolder(), csv))).classes).toEqual([2, 0]);
  const table = readFileSync(new URL('data/parquet/metadata.parquet', import.meta.url));
  const parquet = { 'metadata.parquet': table, '0.png': color(1), '1.png': color(2) };
  expect(await convertAndRead(writeFiles(temporaryFolder(), parquet))).toMatchObject({
    classes: [0, 1],
    classNames: ['ant', 'cat'],
  });
  const byFolder = { 'train/dog/0.png': color(1), 'train/cat/0.png': color(2), 'val/dog/0.png': color(3) };
  expect(await convertAndRead(writeFiles(temporaryFolder(), byFolder))).toMatchObject({
    first: [2, 1],
    classNames: ['cat', 'dog'],
  });
  await expect(convertAndRead(writeFiles(temporaryFolder(), { ...csv, 'metadata.csv': 'a,b\n1,2\n' }))).rejects.toThrow(
    /columns a, b; expected file_name/,
  );
  await expect(
    convertAndRead(writeFiles(temporaryFolder(), { ...csv, 'metadata.jsonl': '{"file_name"' })),
  ).rejects.toThrow(/metadata\.jsonl: line 1 is not valid JSON/);
});

it.each([
  ['a.tar.bz2', 'BZh91AY', /a bzip2 archive.*tar xjf/],
  ['a.7z', '7z\xbc\xaf\x27\x1c', /a 7z archive.*7z x/],
  ['a.h5', '\x89HDF\r\n', /an HDF5 file.*numpy\.savez/],
  ['a.mat', 'MATLAB 5.0 MAT-file', /a MATLAB file/],
  ['a.zip', '<!doctype html>', /a web page.*download it again/],
  ['a.tar.gz', 'version https://git-lfs.github.com/spec/v1', /a Git LFS pointer.*git lfs pull/],
  ['a.png', '\x89PNG', /an image.*give the folder/],
  ['a.tar', 'short', /not a complete tar archive/],
  ['a.tgz', 'no gzip', /not unpacked: incorrect header check/],
])('a file that is no source says what it is: %s', async (name, contents, message) => {
  const folder = writeFiles(temporaryFolder(), { [name]: Buffer.from(contents, 'latin1') });
  await expect(convertAndRead(join(folder, name))).rejects.toThrow(message);
});

it('pipes, broken links and members of archives that are not files are left out', async () => {
  const folder = writeFiles(temporaryFolder(), { 'a.png': color(1) });
  symlinkSync('nowhere', join(folder, 'b.png'));
  execFileSync('mkfifo', [join(folder, 'c.png')]);
  const { first, result } = await convertAndRead(folder);
  expect(first).toEqual([1]);
  expect(result.notes).toEqual([expect.stringMatching(/2 entries are left out that are not files/)]);
  await expect(convertAndRead(join(folder, 'c.png'))).rejects.toThrow(/neither a file nor a folder/);
  await expect(openDataset(join(folder, 'c.png'))).rejects.toThrow(/c\.png.*pipe/);
});

it('archives that are cut short or lead elsewhere are refused or read in place, and nothing is written', async () => {
  const folder = temporaryFolder();
  const archive = await packTar([
    ['../../out.png', color(1)],
    ['/etc/in.png', color(2)],
  ]);
  writeFileSync(join(folder, 'a.tar'), archive);
  // Names are only names: members are never unpacked to files.
  expect((await convertAndRead(join(folder, 'a.tar'))).first).toEqual([1, 2]);
  expect(existsSync(join(folder, '../../out.png'))).toBe(false);
  writeFileSync(join(folder, 'b.tar'), archive.subarray(0, 700));
  await expect(convertAndRead(join(folder, 'b.tar'))).rejects.toThrow(/b\.tar: not a complete tar archive/);
  writeFileSync(join(folder, 'c.tgz'), gzipSync(archive).subarray(0, 150));
  await expect(convertAndRead(join(folder, 'c.tgz'))).rejects.toThrow(/c\.tgz: not unpacked: the file is cut short/);
});

it('the same pixels come from a folder, a ZIP and a tar', async () => {
  const made = await Promise.all(
    (await wrappings({ 'a/0.png': level(1), 'b/1.png': color(2), 'b/2.png': color(3) })).map(async (source) => {
      const dest = join(temporaryFolder(), 'made.zip');
      await convertAndRead(source, { dest });
      return readFileSync(dest).toString('base64');
    }),
  );
  expect(new Set(made).size).toBe(1);
});
