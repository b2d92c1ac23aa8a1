import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { readNetwork } from '../kinds/networks.js';
import { png, readDataSet, readSource } from '../kinds/data-sets.js';
import { readRunFolder } from '../kinds/run-folders.js';
import { readAverages, readPairFolder, readStatisticsOfRun } from '../kinds/trainings.js';
import { readStatistics } from '../kinds/references.js';
import type { HostileKind, Trap } from '../hostile-kind.js';

/** A name for each door, and what reads it. */
const DOORS: Record<string, { name: string; read: HostileKind['read'] }> = {
  network: { name: 'network.safetensors', read: readNetwork },
  pickle: { name: 'network.pkl', read: readNetwork },
  'data set': { name: 'data.zip', read: readDataSet },
  'ZIP source': { name: 'source.zip', read: readSource },
  'array source': { name: 'source.npy', read: readSource },
  'IDX source': { name: 'train-images-idx3-ubyte.gz', read: readSource },
  'CIFAR source': { name: 'cifar-10-python.tar.gz', read: readSource },
  'LMDB source': { name: 'toy_lmdb/data.mdb', read: (path, folder) => readSource(join(path, '..'), folder) },
  'picture in a folder': { name: 'images/a.png', read: (path, folder) => readSource(join(path, '..'), folder) },
  'labels in a folder': { name: 'images/dataset.json', read: (path, folder) => readSource(join(path, '..'), folder) },
  reference: { name: 'reference.npz', read: readStatistics },
  'settings next to weights': {
    name: 'network.json',
    read: (path) => readNetwork(path.replace(/json$/, 'pth')),
  },
  'settings in a folder': { name: 'model/config.json', read: (path) => readNetwork(join(path, '..')) },
  'index of pairs': { name: 'pairs/pairs.json', read: (path) => readPairFolder(join(path, '..')) },
  'pairs of a folder': { name: 'pairs/pairs-00000.safetensors', read: (path) => readPairFolder(join(path, '..')) },
  'averages of a run': {
    name: 'run/network-snapshot-000001.safetensors',
    read: (path, folder) => readAverages(join(path, '..'), folder),
  },
  'statistics of a run': { name: 'run/stats.jsonl', read: (path) => readStatisticsOfRun(join(path, '..')) },
  'run options': { name: 'run/training_options.json', read: (path) => readRunFolder(join(path, '..')) },
};

const PAIRS = JSON.stringify({
  ...{ format: 'onestep pairs 1', teacher: { name: 'a', digest: null }, imgResolution: 2, imgChannels: 3, labelDim: 0 },
  ...{ labels: null, sampler: {}, dtype: 'float32', count: 1, shard: 1, seeds: [[0, 0]] },
});

/** Bytes with which a file of the door begins. */
const BEGIN: Record<string, string> = {
  pickle: '\x80\x04\x95',
  'data set': 'PK\x03\x04',
  'ZIP source': 'PK\x03\x04',
  reference: 'PK\x03\x04',
  'array source': '\x93NUMPY\x01\x00',
  'IDX source': '\x1f\x8b\x08',
  'CIFAR source': '\x1f\x8b\x08',
  'picture in a folder': '\x89PNG\r\n\x1a\n',
};

/** Other files at a door. */
const BESIDE: Record<string, Record<string, string | Uint8Array>> = {
  'picture in a folder': { 'b.png': png(1) },
  'labels in a folder': { 'b.png': png(1) },
  'settings next to weights': { 'network.pth': 'not weights' },
  'settings in a folder': { 'diffusion_pytorch_model.safetensors': 'not weights' },
  'pairs of a folder': { 'pairs.json': PAIRS },
};

function atEachDoor(what: string, put: (path: string, door: string) => void): Trap[] {
  return Object.entries(DOORS).map(([door, { name, read }]) => ({
    name: `${what}: ${door}`,
    make(folder) {
      const path = join(folder, name);
      mkdirSync(join(path, '..'), { recursive: true });
      for (const [beside, contents] of Object.entries(BESIDE[door] ?? {})) {
        writeFileSync(join(path, '..', beside), contents);
      }
      put(path, door);
      return path;
    },
    read,
  }));
}

/** Pipes that nobody writes to, devices without end, links in a circle, and files of a terabyte without contents. */
export function specialFileTraps(): Trap[] {
  return [
    ...atEachDoor('pipe', (path) => void execFileSync('mkfifo', [path])),
    ...atEachDoor('/dev/zero', (path) => symlinkSync('/dev/zero', path)),
    ...atEachDoor('link to itself', (path) => symlinkSync(path, path)),
    ...atEachDoor('folder', (path) => mkdirSync(path)),
    ...atEachDoor('empty', (path) => writeFileSync(path, '')),
    ...atEachDoor('sparse', (path, door) => {
      const file = openSync(path, 'w');
      writeSync(file, Buffer.from(BEGIN[door] ?? '', 'latin1'));
      ftruncateSync(file, 1e12);
      closeSync(file);
    }),
  ];
}
