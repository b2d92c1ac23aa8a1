/**
 * Whether a GAN improves with Diff-Instruct: FID, Inception Score, precision and recall of a small StyleGAN2 of Fashion-MNIST
 * before and after its refinement with the shipped teacher, beside the same GAN after as much further training of its own. From
 * several snapshots of one GAN, over several seeds of both. It runs `onestep gan train` and `onestep distill`, one process after the other, and goes on
 * where it was stopped.
 *
 *   npm run bench:gan -- --data fashion-mnist-32x32.zip [--seeds 1,2,3] [--starts 40,120,400] [--save]
 *   npm run bench:gan -- --tables                                        what is there so far
 *
 * `--save` writes benchmarks/results/gan-refinement.json.
 */
import { loadavg } from 'node:os';
import { Judge } from '../methods/measure.js';
import { saveResult } from '../save-result.js';
import { readCell, runCell, trainGan } from './cells.js';
import { readSettings } from './settings.js';
import { table } from './tables.js';

const settings = readSettings();
const { seeds, starts, kimg, further, method, num } = settings;
const places = seeds.flatMap((seed) => starts.map((start) => ({ seed, start })));
const missing = places.filter(({ seed, start }) => readCell(seed, start, settings) === null);

if (missing.length > 0 && !settings.tables) {
  if (settings.data === undefined) throw new Error('A GAN learns from real images: give --data ZIP.');
  const judge = await Judge.open(settings.data, num);
  for (const { seed, start } of missing) {
    await trainGan(settings);
    const { before, refined, control } = await runCell(seed, start, settings, judge);
    const fids = [before, refined, control].map(({ fid }) => fid.toPrecision(3));
    const load = loadavg()[0]!.toFixed(1);
    console.log(`seed ${seed}, ${start} kimg: FID ${fids[0]}, refined ${fids[1]}, control ${fids[2]}; load ${load}`);
  }
}

const cells = places.map(({ seed, start }) => readCell(seed, start, settings)).filter((cell) => cell !== null);
if (cells.length > 0) {
  console.log(`\n${num} images a figure, detector ${cells[0]!.detector}; mean (range) over the seeds:\n`);
  console.log(table(cells, starts));
}
if (settings.save) {
  saveResult('gan-refinement', 'benchmarks/gan-refinement/main.ts', {}, { method, kimg, further, num, cells });
}
