/**
 * Compares the FID Inception network on the ort backend with PyTorch: images per second, memory and ratios, in alternating
 * rounds. Both resize 32x32 images to 299x299 and compute features and class probabilities.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/inception/compare.ts [--batch 32] [--images 64] [--resolution 32] [--rounds 3] [--threads 2]
 *     [--python /usr/bin/python3] [--save]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread. `--save` writes benchmarks/results/inception.json.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveResult } from '../save-result.js';
import { compareSideBySide } from '../side-by-side.js';
import type { Timings } from '../timings.js';
import type { InceptionSettings } from './ours.js';

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

const { peerName, parameters, difference, ...sides } = await compareSideBySide({
  ours: here('ours.ts'),
  peer: [options.python, here('peer.py')],
  settings: (exchange) => ({ batch, images, resolution, threads, exchange }) satisfies InceptionSettings,
  threads,
  rounds,
  what: 'features',
  tolerance: TOLERANCE,
});
const rows = [speed(sides.ours), speed(sides.peer)] as const;

const results = {
  parameters,
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
if (options.save)
  saveResult('inception', 'benchmarks/inception/compare.ts', { pytorch: peerName, threads }, { rounds, results });

/** Adds the speed of the median round. */
function speed(times: Timings) {
  return { ...times, images_per_second: (images * 1000) / times.median_ms };
}
