/**
 * Compares sampling with the EDM sampler and the CIFAR-10 DDPM++ network (55.7 M parameters) on the ort backend with
 * PyTorch: images per second, memory and ratios, in alternating rounds.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/sampling/compare.ts [--batch 4] [--steps 5] [--rounds 3] [--threads 2]
 *     [--python /usr/bin/python3] [--save]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread. `--save` writes benchmarks/results/sampling.json.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveResult } from '../save-result.js';
import { compareSideBySide } from '../side-by-side.js';
import type { Timings } from '../timings.js';
import { SIZES } from '../train-step/settings.js';
import type { SamplingSettings } from './ours.js';

/** Largest relative difference of the images, ||a - b|| / ||b||; the same as for the fixtures of samplers. */
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

const { peerName, parameters, difference, ...sides } = await compareSideBySide({
  ours: here('ours.ts'),
  peer: [options.python, here('peer.py')],
  settings: (exchange) => ({ ...SIZES['cifar10-ddpmpp']!, batch, steps, threads, exchange }) satisfies SamplingSettings,
  threads,
  rounds,
  what: 'images',
  tolerance: TOLERANCE,
});
const rows = [speed(sides.ours), speed(sides.peer)] as const;

const results = {
  network: 'cifar10-ddpmpp',
  parameters,
  batch,
  steps,
  evaluations: 2 * steps - 1,
  difference,
  ours: rows[0],
  peer: rows[1],
  ratio_of_images_per_second: rows[0].images_per_second / rows[1].images_per_second,
  ratio_of_memory: rows[0].peak_mb / rows[1].peak_mb,
};
console.log(`${batch} images per batch, ${results.evaluations} network evaluations per image\n`);
console.log('| | images/s | ms per network evaluation | memory, MB |');
console.log('| --- | --- | --- | --- |');
for (const { name, images_per_second, evaluation_ms, peak_mb } of rows) {
  console.log(`| ${name} | ${images_per_second.toFixed(3)} | ${evaluation_ms.toFixed(0)} | ${peak_mb.toFixed(0)} |`);
}
const { ratio_of_images_per_second: ratio, ratio_of_memory: memory } = results;
console.log(`| ratio | ${ratio.toFixed(2)} | ${(1 / ratio).toFixed(2)} | ${memory.toFixed(2)} |`);
console.log(`\nrelative difference of the images: ${difference.toExponential(1)}`);
if (options.save)
  saveResult('sampling', 'benchmarks/sampling/compare.ts', { pytorch: peerName, threads }, { rounds, results });

/** Adds the speed of the median round. `evaluation_ms` is the time of one network evaluation, including the sampler's share. */
function speed(times: Timings) {
  const { median_ms } = times;
  return { ...times, images_per_second: (batch * 1000) / median_ms, evaluation_ms: median_ms / (2 * steps - 1) };
}
