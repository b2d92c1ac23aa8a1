/**
 * Measures what the reviewers of BOOT and the readers of SiD ask, on Fashion-MNIST with the shipped teacher: trains short runs
 * of many settings over several seeds, one after the other, and goes on where it was stopped.
 *
 *   npm run bench:boot -- --data fashion-mnist-32x32.zip [--only delta,alpha] [--seeds 0,1,2]
 *   npm run bench:boot -- --report          writes results/boot.json, the figures and the tables of what is there so far
 */
import { loadavg } from 'node:os';
import { perceptualDistance } from '@onestep/boot';
import { loadFashionMnistFeatures } from '@onestep/metrics/node';
import { loadTeacher } from 'onestep';
import { Judge } from '../methods/measure.js';
import { readCell, runCell, type Bench } from './cells.js';
import { planCells } from './experiments.js';
import { PathEnds } from './path-ends.js';
import { readSettings } from './settings.js';

const settings = readSettings();
let failures = 0;

if (!settings.report) {
  let bench: Bench | null = null;
  for (const { variant, seed } of planCells(settings.only, settings.seeds)) {
    if (readCell(variant, seed, settings) !== null) continue;
    bench ??= await openBench();
    const started = performance.now();
    try {
      const { curve, secondsPerKimg } = await runCell(variant, seed, settings, bench);
      const fids = curve.map(({ kimg, fid }) => `${kimg} kimg ${fid.toPrecision(3)}`).join(', ');
      const took = `${((performance.now() - started) / 1000).toFixed(0)} s, load ${loadavg()[0]!.toFixed(1)}`;
      console.log(`${variant.name}, seed ${seed}: FID ${fids}; ${secondsPerKimg.toFixed(1)} s/kimg (${took})`);
    } catch (error) {
      failures += 1;
      console.error(`${variant.name}, seed ${seed}: ${(error as Error).stack}`);
    }
  }
}
process.exitCode = failures === 0 ? 0 : 1;

async function openBench(): Promise<Bench> {
  if (settings.data === undefined) throw new Error('Precision and recall compare with real images: give --data ZIP.');
  const judge = await Judge.open(settings.data, settings.num);
  const teacher = await loadTeacher('fashion-mnist');
  const ends = await PathEnds.sample(teacher.network);
  return { teacher, judge, ends, perceptual: perceptualDistance(await loadFashionMnistFeatures()) };
}
