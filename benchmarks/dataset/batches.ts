/**
 * Times the data path: conversion, opening, and batches of 128, first from the file, then from memory.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/dataset/batches.ts [train-images-idx3-ubyte.gz]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertDataset, createBatchSource, openDataset } from '@onestep/datasets';
import { median } from '../timings.js';

const BATCH = 128;
const source = process.argv[2] ?? '/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz';
const folder = await mkdtemp(join(tmpdir(), 'onestep-benchmark-'));
const zip = join(folder, 'data.zip');
const timed = async <T>(work: () => Promise<T>): Promise<[T, number]> => {
  const start = performance.now();
  return [await work(), performance.now() - start];
};

const [{ numImages }, converting] = await timed(() => convertDataset({ source, dest: zip }));
console.log(`convert ${numImages} images: ${(converting / 1000).toFixed(2)} s`);
const [dataset, opening] = await timed(() => openDataset(zip));
console.log(`open: ${(opening / 1000).toFixed(2)} s`);

const batches = createBatchSource(dataset, { batchSize: BATCH, seed: 0 });
const perEpoch = Math.floor(numImages / BATCH);
for (const pass of ['first pass', 'in memory']) {
  const times: number[] = [];
  for (let i = 0; i < perEpoch; i++) times.push((await timed(() => batches.next()))[1]);
  console.log(`batch of ${BATCH}, ${pass}: ${median(times).toFixed(2)} ms (median of ${perEpoch})`);
}
dataset.close();
await rm(folder, { recursive: true });
