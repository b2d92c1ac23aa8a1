import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { examineImages, openDataset } from '../src/index.js';
import { ImageNames } from '../src/sources/captions/image-names.js';
import { packTar } from './cifar-files.js';
import { convertAndRead, level, writeFiles } from './convert-and-read.js';
import { temporaryFolder, writeZip } from './sample-files.js';

type Files = Record<string, Uint8Array | string>;

const IMAGES: Files = { 'a.png': level(1), 'b.png': level(2), 'c.png': level(3) };
const make = (files: Files, images = IMAGES) => writeFiles(temporaryFolder(), { ...images, ...files });
const lines = (...rows: object[]) => rows.map((row) => JSON.stringify(row)).join('\n');

/** COCO's form: pictures by number, several captions for each. */
const coco = (prefix = '') => ({
  info: {},
  images: ['a', 'b', 'c'].map((name, id) => ({ id, file_name: `${prefix}${name}.png`, height: 4, width: 4 })),
  annotations: [
    { id: 7, image_id: 1, caption: 'Two.' },
    { id: 8, image_id: 0, caption: 'One.\n' },
    { id: 9, image_id: 1, caption: 'Another of two' },
  ],
});

it.each<[string, Files]>([
  [
    'dataset.json',
    {
      'dataset.json': JSON.stringify({
        captions: [
          ['a.png', 'One.'],
          ['./b.png', ' Two.'],
        ],
      }),
    },
  ],
  ['text files', { 'a.txt': 'One.\n', 'b.txt': '\uFEFFTwo.\r\n' }],
  ['files .caption of kohya', { 'a.caption': 'One.', 'b.caption': 'Two.', 'c.npz': 'x' }],
  [
    'metadata.jsonl',
    { 'metadata.jsonl': lines({ file_name: 'a.png', text: 'One.' }, { file_name: 'b.png', text: 'Two.' }) },
  ],
  [
    'captions.jsonl with file and caption',
    { 'captions.jsonl': lines({ file: 'a.png', caption: 'One.' }, { file: 'b.png', caption: 'Two.' }) },
  ],
  [
    'metadata.jsonl with image, CRLF and a mark',
    {
      'metadata.jsonl': `\uFEFF${lines({ image: 'a.png', caption: 'One.' }, { image: 'b.png', caption: 'Two.' }).replace('\n', '\r\n')}\r\n`,
    },
  ],
  ['metadata.csv', { 'metadata.csv': 'file_name,text\r\na.png,One.\r\nb.png,"Two."\r\n' }],
  [
    'dataset.json with lists, null, captions by name',
    {
      'dataset.json': JSON.stringify({
        labels: null,
        captions: { 'a.png': ['One.', 'Uno.'], 'b.png': 'Two.', 'c.png': null },
      }),
    },
  ],
  [
    'metadata.jsonl in capitals, which is a list',
    {
      'metadata.jsonl': JSON.stringify([
        { File_Name: { path: 'a.png' }, Text: 'One.' },
        { File_Name: 'b.png', Text: 'Two.' },
      ]),
    },
  ],
  [
    'metadata.csv with another name for the images',
    { 'metadata.csv': 'id,picture,text\n1,a.png,One.\n2,b.png,Two.\n' },
  ],
  [
    'a table of any name',
    {
      'my.jsonl': lines({ file: 'a.png', caption: 'One.' }, { file: 'b.png', caption: 'Two.' }),
      'log.csv': 'a,b\n1,2\n',
    },
  ],
  ['captions.tsv', { 'captions.tsv': 'image\tcaption\na.png\tOne.\nb.png\tTwo.\n' }],
  ['captions.txt of Flickr8k', { 'captions.txt': 'image,caption\na.png,One.\na.png,Otherwise\nb.png,Two.\n' }],
  ['COCO next to the images', { 'annotations/captions_val2017.json': JSON.stringify(coco()) }],
])('captions of a folder: %s', async (_, files) => {
  const { captions, result } = await convertAndRead(make(files));
  expect(captions).toEqual(['One.', 'Two.', '']);
  expect(result).toMatchObject({ numCaptions: 2, firstUncaptioned: expect.stringMatching(/c\.png$/) as string });
  expect(result.notes).toContain('images without a caption: 1, the first c.png');
});

it.each<[string, string, string]>([
  ['COCO', 'val.json', JSON.stringify(coco('/data/val2017/'))],
  [
    'Karpathy’s splits',
    'k.json',
    JSON.stringify({
      images: [
        { filename: 'a.png', sentences: [{ raw: 'One.' }, { raw: 'x' }] },
        { filename: 'b.png', sentences: [{ raw: 'Two.' }] },
      ],
    }),
  ],
  [
    'records',
    'r.json',
    JSON.stringify([
      { path: 'x/a.png', caption: ['One.', 'x'] },
      { path: 'x/b.png', caption: 'Two.' },
    ]),
  ],
  [
    'pairs',
    'p.json',
    JSON.stringify([
      ['a.png', 'One.'],
      ['b.png', 'Two.'],
    ]),
  ],
  ['captions by name', 'm.json', JSON.stringify({ 'a.png': 'One.', b: 'Two.' })],
  [
    'meta_cap.json of kohya',
    'k.json',
    JSON.stringify({ '/train/a': { tags: 'x', caption: 'One.' }, '/train/b.png': { caption: 'Two.' } }),
  ],
  ['tags of kohya', 'k.json', JSON.stringify({ '/train/a': { tags: 'One.' }, '/train/b.png': { tags: 'Two.' } })],
  ['JSON lines', 'l.jsonl', lines({ image: 'a.png', text: 'One.' }, { image: 'b.png', text: 'Two.' })],
  ['CSV with semicolons', 's.csv', 'filename;caption\na.png;One.\nb.png;Two.\n'],
  ['results.csv of Flickr30k', 'results.csv', 'image_name| comment_number| comment\na.png| 0| One.\nb.png| 0| Two.\n'],
  ['Flickr8k.token.txt', 't.txt', 'a.png#0\tOne.\na.png#1\tx\nb.png#0\tTwo.\n'],
  ['TSV without a header', 't.tsv', 'a.png\tOne.\r\nb.png\tTwo.\r\n'],
  ['CSV without a header', 't.csv', 'a.png,One.\nb.png,Two.\n'],
])('a list of captions in a file of its own: %s', async (_, name, text) => {
  const list = join(temporaryFolder(), name);
  writeFileSync(list, text);
  // It counts more than what is next to the images.
  const source = make({ 'a.txt': 'of a text file' });
  expect((await convertAndRead(source, { captions: list })).captions).toEqual(['One.', 'Two.', '']);
});

it('a list is found by what of a path it has, where that means one image only', async () => {
  const files = { 'train/a.png': level(1), 'train/b.png': level(2), 'val/a.png': level(3), 'val/d.png': level(4) };
  const list = {
    'captions.json': JSON.stringify({ 'a.png': 'either', 'val/a.png': 'One.', d: 'Two.', 'test/b.png': 'no' }),
  };
  const { captions, result } = await convertAndRead(make(list, files), { split: 'all' });
  expect(captions).toEqual(['', '', 'One.', 'Two.']);
  expect(result.notes).toContainEqual(
    expect.stringMatching(/captions of images that are not there: 2, the first a\.png$/),
  );
  const folder = fc.stringMatching(/^[a-c]{1,2}$/);
  const path = fc.tuple(fc.array(folder, { maxLength: 2 }), folder).map(([parts, name]) => [...parts, name].join('/'));
  fc.assert(
    fc.property(fc.uniqueArray(path, { minLength: 1, maxLength: 6 }), fc.nat(), folder, (stems, at, outer) => {
      const names = new ImageNames(stems.map((stem) => `${stem}.png`));
      const wanted = stems[at % stems.length]!;
      expect(names.find(`./${wanted}.png`)).toBe(`${wanted}.png`);
      const found = names.find(`/${outer}/x/${wanted}.jpg`);
      // The image whose path is the longest end of the listed one: the wanted one.
      expect(found).toBe(`${wanted}.png`);
      const part = wanted.split('/').at(-1)!;
      const alike = stems.filter((stem) => stem === part || stem.endsWith(`/${part}`));
      expect(names.find(part)).toBe(stems.includes(part) ? `${part}.png` : alike.length === 1 ? `${wanted}.png` : null);
    }),
  );
});

it('the choice of captions: none, a column, an ending, and what is not there', async () => {
  const table = { 'metadata.csv': 'file_name,label,text,german\na.png,0,one,eins\nb.png,1,two,zwei\n' };
  const source = make({ ...table, 'a.long': 'longer', 'a.txt': 'not this' });
  const read = async (captions?: string, labels?: string) =>
    (await convertAndRead(source, { captions, labels })).captions;
  expect(await read()).toEqual(['one', 'two', '']);
  expect(await read('german')).toEqual(['eins', 'zwei', '']);
  expect(await read('long')).toEqual(['longer', '', '']);
  expect(await read('none')).toEqual(['', '', '']);
  // Labels and captions are chosen each for itself.
  expect(await read(undefined, 'none')).toEqual(['one', 'two', '']);
  await expect(read('french')).rejects.toThrow(/There are no captions french: no such file, no column .*name\.french/);
  // A folder is not a list, as where one has the name of a column.
  await expect(read(temporaryFolder())).rejects.toThrow(/There are no captions .*: no such file/);
  const list = join(temporaryFolder(), 'list.csv');
  const refuse = async (text: string, message: RegExp) => {
    writeFileSync(list, text);
    await expect(read(list)).rejects.toThrow(message);
  };
  await refuse(
    'file,caption\nx.png,y\n',
    /has captions of 1 images, such as x\.png, and none of these images, such as a\.png/,
  );
  await refuse(
    'picture,words\na.png,y\n',
    /columns picture, words; expected one with the names of images \(file_name, file, image/,
  );
  await refuse(
    '{"images":[{"id":1,"file_name":"a.png"}],"annotations":[{"image_id":1,"bbox":[0]}]}',
    /no annotations with a caption/,
  );
  await refuse('{"a": 1\n', /neither JSON nor lines of JSON/);
  await refuse('{"file": "a.png", "text": "x"}\n{"file"\n', /line 2 is not valid JSON/);
  await refuse('[["a.png", "x"], 3]', /an entry is 3 instead of a pair/);
  await refuse('', /has no records; expected/);
  const images = writeZip(join(temporaryFolder(), 'x.zip'), [
    ['train-images-idx3-ubyte', Buffer.of(0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 4, ...new Uint8Array(16))],
  ]);
  await expect(convertAndRead(images, { captions: 'text' })).rejects.toThrow(/of a kind without captions/);
});

it('captions that are not read are named, and so is a list in the folder', async () => {
  const source = make({ 'metadata.jsonl': lines({ file_name: 'a.png', english: 'One.', kind: 3, label: 'x' }) });
  const { captions, result } = await convertAndRead(source, { labels: 'none' });
  expect(captions).toEqual(['', '', '']);
  expect(result.notes).toEqual([
    expect.stringMatching(/no column caption, text.*--captions NAME takes another one: english$/),
  ]);
  expect((await convertAndRead(source, { captions: 'english' })).captions[0]).toBe('One.');
  expect(
    (await convertAndRead(make({ 'x/my.csv': 'file,caption\na.png,One.\n' }), { captions: 'x/my.csv' })).captions,
  ).toEqual(['One.', '', '']);
  await expect(convertAndRead(source, { captions: 'gone.jsonl' })).rejects.toThrow(/^gone\.jsonl does not exist/);
});

it('wrong labels beside captions are named, and can be left out', async () => {
  const captions = [['a.png', 'One.']];
  for (const label of [[], 'cat', null]) {
    const source = make({ 'dataset.json': JSON.stringify({ labels: [['a.png', label]], captions }) });
    await expect(convertAndRead(source)).rejects.toThrow(
      /the label of a\.png is .*or a list of numbers\..*--labels none/,
    );
    expect((await convertAndRead(source, { labels: 'none' })).captions).toEqual(['One.', '', '']);
  }
});

it('odd captions: several, equal, empty, long, of several lines, in another encoding, for images of another part', async () => {
  const long = Array.from({ length: 5000 }, (_, i) => `word${i}`).join(' ');
  const { captions, result } = await convertAndRead(
    make(
      {
        'a.txt': 'first line\r\n\r\n  second\tline  ',
        'b.txt': Buffer.from('caf\xe9', 'latin1'),
        'c.txt': ' \n',
        'd.txt': long,
        'e.txt': Buffer.from('\uFEFFgrüß', 'utf16le'),
        'f.txt': new Uint8Array(2 ** 20 + 1).fill(97),
      },
      { ...IMAGES, 'd.png': level(4), 'e.png': level(5), 'f.png': level(6) },
    ),
  );
  expect(captions).toEqual(['first line second line', 'caf\uFFFD', '', long, 'grüß', '']);
  expect(result.notes).toEqual([
    'images without a caption: 2, the first c.png',
    'captions of several lines, which are joined: 1, the first that of a.png',
    expect.stringMatching(/not UTF-8: 1, the first that of b\.png; iconv -f latin1 -t utf-8/),
  ]);
  const twice = make({
    'metadata.jsonl': lines(
      { file_name: 'a.png', caption: ['', 'one', 'one'] },
      { file_name: 'b.png', caption: 'two' },
      { file_name: 'b.png', caption: 'due' },
    ),
  });
  const read = await convertAndRead(twice);
  expect(read.captions).toEqual(['one', 'two', '']);
  expect(read.result.notes).toContain('images with several captions, of which the first is taken: 1, the first b.png');
  const { captions: counted } = await examineImages(twice);
  expect(counted).toMatchObject({ count: 2, numDifferent: 2, numWithout: 1, length: { min: 1, max: 1 } });
});

it('WebDataset: text files, keys of JSON, lists in them, another ending, a list of its own', async () => {
  const folder = temporaryFolder();
  const tar = join(folder, 'shard-000.tar');
  const shard = (extra: [string, string][]) =>
    packTar([['1.jpg.png', level(2)], ['0.png', level(1)], ...extra].sort() as [string, Uint8Array | string][]);
  const read = async (extra: [string, string][], captions?: string) => {
    writeFileSync(tar, await shard(extra));
    return (await convertAndRead(tar, { captions })).captions;
  };
  expect(
    await read([
      ['0.txt', 'zero'],
      ['1.txt', 'one\n'],
    ]),
  ).toEqual(['zero', 'one']);
  const json: [string, string][] = [
    ['0.json', JSON.stringify({ caption: ['zero', 'null'], key: '0', alt: 'nil' })],
    ['1.json', JSON.stringify({ text: 'one', alt: 'uno' })],
  ];
  expect(await read(json)).toEqual(['zero', 'one']);
  expect(await read(json, 'alt')).toEqual(['nil', 'uno']);
  expect(await read([...json, ['0.long', 'longer']], 'long')).toEqual(['longer', '']);
  await expect(read(json, 'french')).rejects.toThrow(
    /no captions french: no files \*\.french, no \*\.json with that key/,
  );
  const list = join(folder, 'list.tsv');
  writeFileSync(list, '0.png\tof a list\n');
  expect(await read(json, list)).toEqual(['of a list', '']);
});

it('Parquet of Hugging Face: text, lists of texts, lists of records', async () => {
  const table = fileURLToPath(new URL('data/parquet/captions.parquet', import.meta.url));
  const read = async (captions?: string) => convertAndRead(table, { captions });
  const { captions, result } = await read();
  expect(captions).toEqual(['a gray wall', '', '', 'ein grauer Stein mit Würmern']);
  expect(result.notes).toEqual([`images without a caption: 2, the first ${table} (row 1)`]);
  expect((await read('captions')).captions).toEqual(['first', 'only one', '', '']);
  expect((await read('captions')).result.notes).toContain(
    `images with several captions, of which the first is taken: 1, the first ${table} (row 0)`,
  );
  expect((await read('sentences')).captions).toEqual(['raw one', 'raw two', '', '']);
  expect((await read('none')).result.numCaptions).toBe(0);
  await expect(read('french')).rejects.toThrow(
    /has no captions french; its columns are text, captions, sentences, label/,
  );
});

it('captions stay what they are when a data set is converted again, with labels beside them', async () => {
  const dest = join(temporaryFolder(), 'again.zip');
  const pairs: [string, string][] = [
    ['a.png', 'One'],
    ['b.png', 'Two “2” \u{1F600}'],
  ];
  const labels = [
    ['a.png', 1],
    ['b.png', 0],
    ['c.png', 1],
  ];
  const source = make({ 'dataset.json': JSON.stringify({ labels, captions: pairs }) });
  const first = await convertAndRead(source, { dest });
  const again = await convertAndRead(dest);
  expect(again.captions).toEqual(['One', 'Two “2” \u{1F600}', '']);
  expect([again.captions, again.classes]).toEqual([first.captions, first.classes]);
  const dataset = await openDataset(dest, { useCaptions: true });
  expect([dataset.hasCaptions, dataset.labelDim]).toEqual([true, 0]);
  dataset.close();
});
