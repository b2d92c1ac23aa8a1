import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { crc32, encodeTorchFile, OrderedDict, StoredZipWriter } from '@onestep/checkpoint';
import { convertDataset, datasetInfo, encodePng, openDataset } from '@onestep/datasets';
import tar from 'tar-stream';
import type { HostileKind } from '../hostile-kind.js';

const LMDB = fileURLToPath(new URL('../../../packages/datasets/test/data/toy_lmdb/data.mdb', import.meta.url));
const SIDE = 8;
const NAMES = ['00000/img00000000.png', '00000/img00000001.png', '00000/img00000002.png'];

/** Converts the source, and opens what was made. */
export async function readSource(path: string, folder: string): Promise<void> {
  const dest = join(folder, 'made.zip');
  await convertDataset({ source: path, dest, transform: 'center-crop', resolution: { width: SIDE, height: SIDE } });
  const made = await openDataset(dest, { useLabels: 'if-present' });
  made.close();
}

/** Opens a data set as a training does, and reads every image and label. */
export async function readDataSet(path: string): Promise<void> {
  await datasetInfo(path);
  const dataset = await openDataset(path, { useLabels: 'if-present' });
  try {
    for (let i = 0; i < dataset.length; i++) {
      dataset.imageAt(i);
      dataset.labelAt(i);
    }
  } finally {
    dataset.close();
  }
}

export function pattern(length: number, seed = 0): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 5) * 7 + seed * 101) & 255);
}

export function png(seed: number, channels: 1 | 3 = 3): Uint8Array {
  return encodePng(pattern(SIDE * SIDE * channels, seed), { width: SIDE, height: SIDE, channels, compressionLevel: 6 });
}

type Entries = [name: string, contents: Uint8Array][];

function storedZip(entries: Entries): Uint8Array {
  const zip = new StoredZipWriter();
  const pieces = entries.flatMap(([name, contents]) => [zip.add(name, contents), contents]);
  return Buffer.concat([...pieces, ...zip.end()]);
}

/** A ZIP archive whose entries are compressed, as `zip` and `numpy.savez_compressed` make it. */
export function deflatedZip(entries: Entries): Uint8Array {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [name, contents] of entries) {
    const packed = deflateRawSync(contents);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(contents), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(contents.length, 18);
    fields.writeUInt16LE(Buffer.byteLength(name), 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), fields, Buffer.from(name), packed]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\x01\x02\x14\x00', 'latin1'), fields, rest, Buffer.from(name)]));
    pieces.push(local);
    at += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...pieces, list, end]);
}

export async function tarArchive(entries: Entries): Promise<Uint8Array> {
  const pack = tar.pack();
  for (const [name, contents] of entries) pack.entry({ name }, Buffer.from(contents));
  pack.finalize();
  const pieces: Buffer[] = [];
  for await (const piece of pack) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** An array as `numpy.save` writes it. */
export function npyFile(shape: number[], data: Uint8Array, descr = '|u1'): Uint8Array {
  const header = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape.join(', ')},), }`.padEnd(117) + '\n';
  return Buffer.concat([Buffer.from('\x93NUMPY\x01\x00\x76\x00', 'latin1'), Buffer.from(header, 'latin1'), data]);
}

function idxFile(shape: number[], data: Uint8Array): Uint8Array {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt32BE(0x0800 | shape.length, 0);
  shape.forEach((size, i) => header.writeUInt32BE(size, 4 + 4 * i));
  return Buffer.concat([header, data]);
}

const text = (value: unknown) => Buffer.from(JSON.stringify(value));
const pngs: Entries = NAMES.map((name, i) => [name, png(i)]);
const labels = text({ labels: NAMES.map((name, i) => [name, i]), class_names: ['a', 'b', 'c'] });

/** One file that is a source of images. */
const source = (name: string, file: string, contents: Uint8Array, rest: Partial<HostileKind> = {}): HostileKind => ({
  name: `source: ${name}`,
  files: { [file]: contents },
  target: file,
  entry: file,
  read: readSource,
  ...rest,
});

export async function dataSetKinds(): Promise<HostileKind[]> {
  const dataset = storedZip([...pngs, ['dataset.json', labels]]);
  const images = npyFile([3, SIDE, SIDE, 3], pattern(3 * SIDE * SIDE * 3));
  const classes = npyFile([3], Uint8Array.of(0, 1, 2));
  const batch = encodeTorchFile(new OrderedDict([['data', 1]]));
  const archive = await tarArchive([
    ['cifar-10-batches-py/data_batch_4', batch],
    ['cifar-10-batches-py/batches.meta', batch],
  ]);
  return [
    { ...source('data set', 'set.zip', dataset), read: readDataSet },
    {
      ...source('labels of a data set', 'set.zip', dataset),
      read: readDataSet,
      part: labels,
      around: (part) => storedZip([...pngs, ['dataset.json', part]]),
    },
    source('ZIP', 'images.zip', deflatedZip(pngs)),
    source('labels in a ZIP', 'images.zip', dataset, {
      part: labels,
      around: (part) => storedZip([...pngs, ['dataset.json', part]]),
    }),
    {
      name: 'source: labels in a folder',
      files: Object.fromEntries([...pngs, ['dataset.json', labels]]),
      target: 'dataset.json',
      entry: '.',
      read: readSource,
    },
    source('.npy', 'images.npy', images),
    source(
      '.npz',
      'images.npz',
      storedZip([
        ['images.npy', images],
        ['labels.npy', classes],
      ]),
    ),
    source(
      'compressed .npz',
      'images.npz',
      deflatedZip([
        ['images.npy', images],
        ['labels.npy', classes],
      ]),
    ),
    source('header of .npy', 'images.npz', storedZip([['images.npy', images]]), {
      part: images,
      around: (part) =>
        deflatedZip([
          ['images.npy', part],
          ['labels.npy', classes],
        ]),
    }),
    source('IDX, packed', 'train-images-idx3-ubyte.gz', gzipSync(idxFile([3, SIDE, SIDE], pattern(3 * SIDE * SIDE)))),
    source('IDX', 'train-images-idx3-ubyte.gz', gzipSync(idxFile([3, SIDE, SIDE], pattern(3 * SIDE * SIDE))), {
      part: idxFile([3, SIDE, SIDE], pattern(3 * SIDE * SIDE)),
      around: (part) => gzipSync(part),
    }),
    source('CIFAR-10 archive', 'cifar-10-python.tar.gz', gzipSync(archive), {
      part: archive,
      around: (part) => gzipSync(part),
    }),
    {
      name: 'source: LMDB',
      files: { 'toy_lmdb/data.mdb': readFileSync(LMDB) },
      target: 'toy_lmdb/data.mdb',
      entry: 'toy_lmdb',
      read: readSource,
    },
  ];
}
