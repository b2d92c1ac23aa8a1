import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deflatedZip, npyFile, png, readDataSet, readSource, tarArchive } from '../kinds/data-sets.js';
import { readStatistics } from '../kinds/references.js';
import type { HostileKind, Trap } from '../hostile-kind.js';

const GIGABYTE = 2 ** 30;

const archive = (
  name: string,
  file: string,
  contents: () => Uint8Array | Promise<Uint8Array>,
  read: HostileKind['read'] = readSource,
): Trap => ({
  name,
  async make(folder) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, file), await contents());
    return join(folder, file);
  },
  read,
});

const labels = (name: string) => Buffer.from(JSON.stringify({ labels: [[name, 0]] }));

/** Archives that unpack to much more than they are, and those with names that lead elsewhere. */
export function archiveTraps(): Trap[] {
  const outside = ['../../outside.png', '/tmp/outside.png', 'a/../../outside.png', 'C:\\outside.png'];
  const zeros = new Uint8Array(GIGABYTE / 2);
  return [
    archive('ZIP of half a gigabyte of zeros', 'a.zip', () => deflatedZip([['a.png', zeros]])),
    archive('labels of half a gigabyte', 'a.zip', () =>
      deflatedZip([
        ['a.png', png(0)],
        ['dataset.json', zeros],
      ]),
    ),
    archive(
      'data set of half a gigabyte of zeros',
      'a.zip',
      () => deflatedZip([['00000/img00000000.png', zeros]]),
      readDataSet,
    ),
    archive('array of half a gigabyte of zeros', 'a.npz', () => deflatedZip([['images.npy', zeros]])),
    archive(
      'reference of half a gigabyte of zeros',
      'a.npz',
      () => deflatedZip([['mu.npy', npyFile([8192], zeros, '<f8')]]),
      readStatistics,
    ),
    archive('IDX that unpacks to more than it states', 'train-images-idx3-ubyte.gz', () =>
      gzipSync(Buffer.concat([Buffer.from([0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 8]), zeros])),
    ),
    archive('CIFAR-10 with a file of half a gigabyte', 'cifar-10-python.tar.gz', async () =>
      gzipSync(await tarArchive([['cifar-10-batches-py/data_batch_1', zeros]])),
    ),
    ...outside.flatMap((name) => [
      archive(`ZIP with ${name}`, 'a.zip', () =>
        deflatedZip([
          [name, png(0)],
          ['b.png', png(1)],
          ['dataset.json', labels(name)],
        ]),
      ),
      archive(`tar with ${name}`, 'cifar-10-python.tar.gz', async () => gzipSync(await tarArchive([[name, png(0)]]))),
    ]),
  ];
}
