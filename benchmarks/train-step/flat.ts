/**
 * Runs many training steps at one size, and shows that nothing compiles after the first steps and that tensors, resident
 * memory and speed stay constant. Fails if compiles or tensors grow.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/train-step/flat.ts [--size mc32-b2] [--steps 1000] [--save]
 *
 * `--save` writes benchmarks/results/flat.json.
 */
import { parseArgs } from 'node:util';
import '@onestep/tfjs-backend-ort';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { saveResult } from '../save-result.js';
import { createNetwork } from './network.js';
import { DISTILLATION, SIZES } from './settings.js';
import { createWork } from './work.js';

/** Steps after which nothing may compile. */
const WARM_UP = 3;

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: 'mc32-b2' },
    steps: { type: 'string', default: '1000' },
    save: { type: 'boolean', default: false },
  },
});
const [steps, size] = [Number(options.steps), SIZES[options.size]];
if (size === undefined) throw new Error(`Unknown size ${options.size}. Available: ${Object.keys(SIZES).join(', ')}.`);

await tf.setBackend('ort');
await tf.ready();
const settings = { ...size, mode: 'train' as const, threads: 2, exchange: '', distillation: DISTILLATION };
const { run } = createWork(createNetwork(size.network), settings);
const readState = () => ({
  compiles: (tf.backend() as OrtBackend).counters().compiles,
  tensors: tf.memory().numTensors,
  bytes: tf.memory().numBytes,
  resident_mb: process.memoryUsage.rss() / 2 ** 20,
});

for (let i = 0; i < WARM_UP; i++) await run();
const first = readState();
/** Tenths of the run. */
const parts: { step: number; steps_per_second: number; resident_mb: number }[] = [];
let most = first.resident_mb;
const start = performance.now();
for (let part = 0, done = 0; part < 10; part++) {
  const [from, began] = [done, performance.now()];
  for (; done < (steps * (part + 1)) / 10; done++) {
    await run();
    most = Math.max(most, process.memoryUsage.rss() / 2 ** 20);
  }
  const rate = ((done - from) * 1000) / (performance.now() - began);
  parts.push({ step: done, steps_per_second: rate, resident_mb: readState().resident_mb });
  const { resident_mb: resident } = parts.at(-1)!;
  console.log(`step ${done}: ${rate.toFixed(1)} steps/s, resident ${resident.toFixed(0)} MB`);
}
const last = readState();
const ms = (performance.now() - start) / steps;
console.log(
  `${ms.toFixed(1)} ms per step; compiles ${first.compiles} before, ${last.compiles} after; tensors ${first.tensors}, ` +
    `${last.tensors}; resident ${first.resident_mb.toFixed(0)} MB first, ${last.resident_mb.toFixed(0)} last, ` +
    `${most.toFixed(0)} at most`,
);
if (options.save) {
  const measured = { size: options.size, steps, ms, first, last, most_mb: most, parts };
  saveResult('flat', 'benchmarks/train-step/flat.ts', {}, measured);
}
for (const name of ['compiles', 'tensors', 'bytes'] as const) {
  if (last[name] !== first[name]) throw new Error(`${name} went from ${first[name]} to ${last[name]}.`);
}
