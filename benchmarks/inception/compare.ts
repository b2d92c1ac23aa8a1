/**
 * Features of the FID Inception network here and in PyTorch, alternating: images a second, memory and ratios. Both resize
 * images of 32x32 to 299x299, and both compute features and class probabilities.
 *
 *   node --import tsx benchmarks/inception/compare.ts [--batch 32] [--images 64] [--resolution 32] [--rounds 3] [--threads 2]
 *     [--python /usr/bin/python3] [--save]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread. `--save` writes benchmarks/results/inception.json.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { checkBlas } from '../blas.js';
import { command, machine } from '../machine.js';
import { alternate, timings, type Timings } from '../timings.js';
import { NODE, startWorker } from '../worker.js';
import type { InceptionSettings } from './settings.js';

/** Largest relative difference of the features, ||a - b|| / ||b||. */
const TOLERANCE = 1e-4;

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '32' },
    images: { type: 'string', default: '64' },
    resolution: { type: 'string', default: '32' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: '/usr/bin/python3' },
    save: { type: 'boolean', default: false },
  },
});
const [batch, images, resolution, rounds, threads] = [
  options.batch,
  options.images,
  options.resolution,
  options.rounds,
  options.threads,
].map(Number) as [number, number, number, number, number];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
const argument = JSON.stringify({ batch, images, resolution, threads, exchange } satisfies InceptionSettings);
const ours = await startWorker([...NODE, here('ours.ts'), argument], threads);
const peer = await startWorker([options.python, here('peer.py'), argument], threads);
rmSync(exchange, { recursive: true });
const pytorch = `${peer.hello.name} with ${checkBlas(peer.hello)}`;

// The first round is not counted: it compiles here, and shows that both find the same features.
const [first, expected] = (await alternate([ours, peer], 1)).map(([answer]) => answer!.values);
const difference = relativeDifference(first!, expected!);
if (!(difference < TOLERANCE)) throw new Error(`Not the same features: they differ by ${difference}.`);
const [oursAnswers, peerAnswers] = await alternate([ours, peer], rounds);
const rows = [speed(timings(ours, oursAnswers!)), speed(timings(peer, peerAnswers!))] as const;
await Promise.all([ours.end(), peer.end()]);

const results = {
  parameters: ours.hello.parameters,
  batch,
  images,
  resolution,
  difference,
  ours: rows[0],
  peer: rows[1],
  ratio_of_images_per_second: rows[0].images_per_second / rows[1].images_per_second,
  ratio_of_best: rows[1].min_ms / rows[0].min_ms,
  ratio_of_memory: rows[0].peak_mb / rows[1].peak_mb,
};
console.log(`${images} images of ${resolution}x${resolution}, ${batch} at a time\n`);
console.log('| | images/s | best | memory, MB |');
console.log('| --- | --- | --- | --- |');
for (const { name, images_per_second, min_ms, peak_mb } of rows) {
  const best = (images * 1000) / min_ms;
  console.log(`| ${name} | ${images_per_second.toFixed(2)} | ${best.toFixed(2)} | ${peak_mb.toFixed(0)} |`);
}
const { ratio_of_images_per_second: ratio, ratio_of_best: best, ratio_of_memory: memory } = results;
console.log(`| ratio | ${ratio.toFixed(2)} | ${best.toFixed(2)} | ${memory.toFixed(2)} |`);
console.log(`\nrelative difference of the features: ${difference.toExponential(1)}`);
if (options.save) {
  const head = { date: new Date().toISOString(), command: command('benchmarks/inception/compare.ts') };
  const where = { ...machine(), pytorch, threads };
  const file = here('../results/inception.json');
  writeFileSync(file, `${JSON.stringify({ ...head, machine: where, rounds, results }, null, 2)}\n`);
}

/** Of the median round. */
function speed(times: Timings) {
  return { ...times, images_per_second: (images * 1000) / times.median_ms };
}

function relativeDifference(actual: readonly number[], expected: readonly number[]): number {
  const squares = (of: (i: number) => number) => expected.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  if (actual.length !== expected.length) throw new Error(`${actual.length} features against ${expected.length}.`);
  return Math.sqrt(squares((i) => actual[i]! - expected[i]!) / squares((i) => expected[i]!));
}
