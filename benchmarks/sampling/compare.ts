/**
 * Samples images of the CIFAR-10 DDPM++ network (55.7 M parameters) with the EDM sampler here and in PyTorch, alternating,
 * and prints images a second, memory and ratios.
 *
 *   node --import tsx benchmarks/sampling/compare.ts [--batch 4] [--steps 5] [--rounds 3] [--threads 2]
 *     [--python /usr/bin/python3] [--save]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread. `--save` writes benchmarks/results/sampling.json.
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
import { SIZES } from '../train-step/settings.js';
import type { SamplingSettings } from './settings.js';

/** Largest relative difference of the images, ||a - b|| / ||b||: that of the reference numbers of samplers. */
const TOLERANCE = 1e-4;

const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '4' },
    steps: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: '/usr/bin/python3' },
    save: { type: 'boolean', default: false },
  },
});
const [batch, steps, rounds, threads] = [options.batch, options.steps, options.rounds, options.threads].map(Number) as [
  number,
  number,
  number,
  number,
];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
const settings: SamplingSettings = { ...SIZES['cifar10-ddpmpp']!, batch, steps, threads, exchange };
const argument = JSON.stringify(settings);
const ours = await startWorker([...NODE, here('ours.ts'), argument], threads);
const peer = await startWorker([options.python, here('peer.py'), argument], threads);
rmSync(exchange, { recursive: true });
const pytorch = `${peer.hello.name} with ${checkBlas(peer.hello)}`;

// The first round is not counted: it compiles here, and shows that both make the same images.
const [first, expected] = (await alternate([ours, peer], 1)).map(([answer]) => answer!.values);
const difference = relativeDifference(first!, expected!);
if (!(difference < TOLERANCE)) throw new Error(`Not the same images: they differ by ${difference}.`);
const [oursAnswers, peerAnswers] = await alternate([ours, peer], rounds);
const rows = [speed(timings(ours, oursAnswers!)), speed(timings(peer, peerAnswers!))] as const;
await Promise.all([ours.end(), peer.end()]);

const results = {
  network: 'cifar10-ddpmpp',
  parameters: ours.hello.parameters,
  batch,
  steps,
  evaluations: 2 * steps - 1,
  difference,
  ours: rows[0],
  peer: rows[1],
  ratio_of_images_per_second: rows[0].images_per_second / rows[1].images_per_second,
  ratio_of_memory: rows[0].peak_mb / rows[1].peak_mb,
};
console.log(`${batch} images at a time, ${results.evaluations} network evaluations each\n`);
console.log('| | images/s | ms a network evaluation | memory, MB |');
console.log('| --- | --- | --- | --- |');
for (const { name, images_per_second, evaluation_ms, peak_mb } of rows) {
  console.log(`| ${name} | ${images_per_second.toFixed(3)} | ${evaluation_ms.toFixed(0)} | ${peak_mb.toFixed(0)} |`);
}
const { ratio_of_images_per_second: ratio, ratio_of_memory: memory } = results;
console.log(`| ratio | ${ratio.toFixed(2)} | ${(1 / ratio).toFixed(2)} | ${memory.toFixed(2)} |`);
console.log(`\nrelative difference of the images: ${difference.toExponential(1)}`);
if (options.save) {
  const head = { date: new Date().toISOString(), command: command('benchmarks/sampling/compare.ts') };
  const where = { ...machine(), pytorch, threads };
  const file = here('../results/sampling.json');
  writeFileSync(file, `${JSON.stringify({ ...head, machine: where, rounds, results }, null, 2)}\n`);
}

/** Of the median round. `evaluation_ms` is one network evaluation of the batch, with the sampler's share. */
function speed(times: Timings) {
  const { median_ms } = times;
  return { ...times, images_per_second: (batch * 1000) / median_ms, evaluation_ms: median_ms / (2 * steps - 1) };
}

function relativeDifference(actual: readonly number[], expected: readonly number[]): number {
  const squares = (of: (i: number) => number) => expected.reduce((sum, _, i) => sum + of(i) ** 2, 0);
  if (actual.length !== expected.length) throw new Error(`${actual.length} pixels against ${expected.length}.`);
  return Math.sqrt(squares((i) => actual[i]! - expected[i]!) / squares((i) => expected[i]!));
}
