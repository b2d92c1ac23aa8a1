import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import type { HostileKind } from '../hostile-kind.js';
import { pattern, png, readSource, tarArchive } from './data-sets.js';

const PARQUET = new URL('../../../packages/datasets/test/data/parquet/', import.meta.url);

/** Sources that consist of tables or of tar archives. */
export async function tableAndShardKinds(): Promise<HostileKind[]> {
  const parquet = (codec: string, name: string): HostileKind => ({
    name: `source: Parquet, ${codec}`,
    files: { 'a.parquet': readFileSync(new URL(name, PARQUET)) },
    target: 'a.parquet',
    entry: 'a.parquet',
    read: readSource,
  });
  const image = (name: string, seed: number): [string, Uint8Array] => [name, png(seed)];
  const shard = await tarArchive([image('a/0.png', 0), ['a/0.cls', Buffer.from('1')], image('a/1.png', 1)]);
  const folders = await tarArchive([image('x/cats/0.png', 0), image('x/dogs/1.png', 1)]);
  const images = Object.fromEntries([image('0.png', 0), image('1.png', 1)]);
  const batch = Buffer.concat([Uint8Array.of(3), pattern(3072), Uint8Array.of(4), pattern(3072)]);
  const table = (name: string, text: string): HostileKind => ({
    name: `source: ${name}`,
    files: { ...images, [name]: Buffer.from(text) },
    target: name,
    entry: '.',
    read: readSource,
  });
  return [
    parquet('Zstandard', 'data/train-00000-of-00002.parquet'),
    parquet('Snappy', 'data/train-00001-of-00002.parquet'),
    parquet('gzip', 'data/test-00000-of-00001.parquet'),
    parquet('Brotli', 'bytes.parquet'),
    { name: 'source: WebDataset', files: { 'a.tar': shard }, target: 'a.tar', entry: 'a.tar', read: readSource },
    {
      name: 'source: packed tar',
      files: { 'a.tgz': gzipSync(folders) },
      target: 'a.tgz',
      entry: 'a.tgz',
      part: folders,
      around: (part) => gzipSync(part),
      read: readSource,
    },
    table('metadata.jsonl', '{"file_name": "0.png", "label": "cat"}\n{"file_name": "1.png", "label": "dog"}\n'),
    table('metadata.csv', 'file_name,label,text\n0.png,cat,"a, ""b"""\n1.png,dog,c\n'),
    {
      name: 'source: CIFAR-10, binary',
      files: Object.fromEntries([1, 2, 3, 4, 5].map((number) => [`data_batch_${number}.bin`, batch])),
      target: 'data_batch_2.bin',
      entry: '.',
      read: readSource,
    },
  ];
}
