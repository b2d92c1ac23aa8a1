import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { encodeSafetensors } from '@onestep/checkpoint';
import { deflatedZip, npyFile, png, readSource } from '../kinds/data-sets.js';
import { readNetwork } from '../kinds/networks.js';
import { pngAround } from '../kinds/pictures.js';
import { readRunFolder } from '../kinds/run-folders.js';
import { averagedSnapshot, readAverages, readPairFolder } from '../kinds/trainings.js';
import type { HostileKind, Trap } from '../hostile-kind.js';

const claim = (
  name: string,
  file: string,
  contents: () => Uint8Array,
  read: HostileKind['read'] = readSource,
): Trap => ({
  name,
  make(folder) {
    const path = join(folder, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, contents());
    if (file.endsWith('.json')) writeFileSync(join(path, '..', 'a.png'), png(0));
    return file.includes('/') ? join(path, '..') : path;
  },
  read,
});

/** The data of a PNG header. */
function pngHeader(width: number, height: number, depth = 8, colorType = 2): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([depth, colorType, 0, 0, 0], 8);
  return header;
}

/** A picture of one color, as large as it says. */
const flatPng = (width: number, height: number) =>
  pngAround(pngHeader(width, height), new Uint8Array(height * (1 + 3 * width)));

/** A JPEG file that states a size and has no more. */
function jpegHeader(width: number, height: number): Uint8Array {
  const frame = Buffer.from([0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
  frame.writeUInt16BE(height, 7);
  frame.writeUInt16BE(width, 9);
  return Buffer.concat([frame, Buffer.from([0xff, 0xd9])]);
}

/** Files that claim a size, a shape or a depth that they do not have. */
export function claimTraps(): Trap[] {
  const deep = Buffer.from('['.repeat(5e6));
  const wide = Buffer.from(`{"labels": [${'["a.png", 1],'.repeat(2e6)}["a.png", 1]]}`);
  const own = (json: string) => Buffer.from(json);
  return [
    claim('PNG of 20,000 x 20,000 in words', 'i/a.png', () => pngAround(pngHeader(20_000, 20_000), new Uint8Array(10))),
    claim('PNG of 2^31 rows in words', 'i/a.png', () => pngAround(pngHeader(1, 2 ** 31 - 1), new Uint8Array(10))),
    claim('PNG of 12,000 x 12,000 in one color', 'i/a.png', () => flatPng(12_000, 12_000)),
    claim('JPEG of 65,000 x 65,000 in words', 'i/a.jpg', () => jpegHeader(65_000, 65_000)),
    claim('JPEG of 13,000 x 13,000 in words', 'i/a.jpg', () => jpegHeader(13_000, 13_000)),
    claim('array of 2^40 pictures in words', 'a.npy', () => npyFile([2 ** 40, 8, 8, 3], new Uint8Array(192))),
    claim('array of one picture of 2^40 rows', 'a.npy', () => npyFile([1, 2 ** 40, 8, 3], new Uint8Array(192))),
    claim('labels of 2^40 rows', 'a.npz', () =>
      deflatedZip([
        ['images.npy', npyFile([1, 8, 8, 3], new Uint8Array(192))],
        ['labels.npy', npyFile([2 ** 40], new Uint8Array(8), '<i8')],
      ]),
    ),
    claim('IDX of 2 GB in words', 'train-images-idx3-ubyte.gz', () =>
      gzipSync(Buffer.from([0, 0, 8, 3, 0, 0, 0x80, 0, 0, 0, 0x01, 0, 0, 0, 0x01, 0])),
    ),
    claim('labels 5,000,000 brackets deep', 'i/dataset.json', () => deep),
    claim('2,000,000 labels of one picture', 'i/dataset.json', () => wide),
    claim('options of a run 5,000,000 brackets deep', 'r/training_options.json', () => deep, readRunFolder),
    claim('options of a run that are null', 'r/training_options.json', () => own('null'), readRunFolder),
    claim(
      'options of a run with a prototype',
      'r/training_options.json',
      () => own('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
      readRunFolder,
    ),
    claim('index of 2^50 pairs', 'p/pairs.json', () => own(MANY_PAIRS), readPairFolder),
    claim(
      'an average over 2^50 steps',
      'r/network-snapshot-000001.safetensors',
      () => averagedSnapshot(2 ** 50),
      readAverages,
    ),
    claim('safetensors with a prototype', 'a.safetensors', () => withPrototype(), readNetwork),
    claim('settings 100,000 brackets deep', 'a.safetensors', () => deepSettings(), readNetwork),
    claim('a broken picture beside a whole one', 'i/a.png', () => Buffer.concat([png(0).slice(0, 60)])),
    claim('compressed data without end in a picture', 'i/a.png', () =>
      pngAround(pngHeader(8, 8), new Uint8Array(2 ** 28)),
    ),
    claim(
      'a stream of zeros in the place of a pickle',
      'a.pkl',
      () => deflateSync(new Uint8Array(2 ** 20)),
      readNetwork,
    ),
  ];
}

const MANY_PAIRS = JSON.stringify({
  ...{ format: 'onestep pairs 1', teacher: { name: 'a', digest: null }, imgResolution: 2, imgChannels: 3, labelDim: 0 },
  ...{ labels: null, sampler: {}, dtype: 'float32', count: 2 ** 50, shard: 1, seeds: [[0, 2 ** 50 - 1]] },
});

/** A header whose names are those of every object. */
function withPrototype(): Uint8Array {
  const header = Buffer.from(
    '{"__proto__":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"__proto__":"1","constructor":"2"}}',
  );
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, Buffer.alloc(4)]);
}

function deepSettings(): Uint8Array {
  const tensors = { 'model.a': { shape: [1], data: new Float32Array(1) } };
  return encodeSafetensors({ tensors, metadata: { onestep: '['.repeat(100_000) } });
}
