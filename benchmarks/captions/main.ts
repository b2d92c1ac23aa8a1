/**
 * Whether a network can put the right color in the right place: "a red star on blue" and "a blue star on red", with captions
 * encoded as a bag of words, and with slots. Everything else is equal. The teacher of the web page, with new weights for
 * reading captions, is trained on with either; what its pictures show is found by the exact matcher of the data set `shapes`. It
 * runs `onestep edm train`, one process after the other, and goes on where it was stopped.
 *
 *   npm run bench:captions -- [--points 5,10,15,20] [--seeds 0] [--only slots] [--save]
 *   npm run bench:captions -- --tables                                   what is there so far
 *
 * `--save` writes benchmarks/results/captions.json.
 */
import { loadavg } from 'node:os';
import { startEngine } from 'onestep';
import { saveResult } from '../save-result.js';
import { readCell, runCell } from './cells.js';
import { countCaptions, measureTruth, SAMPLING } from './measure.js';
import { readSettings } from './settings.js';
import { describe, table } from './tables.js';

const settings = readSettings();
const { encoders, seeds, points, num } = settings;
// All encoders up to a point before the next one, so that there is a comparison whenever it is stopped.
const places = seeds.flatMap((seed) => points.flatMap((kimg) => encoders.map((encoder) => ({ encoder, seed, kimg }))));

if (!settings.tables) {
  await startEngine();
  for (const { encoder, seed, kimg } of places) {
    if (readCell(encoder, seed, kimg, settings) !== null) continue;
    const { binding, seconds } = await runCell(encoder, seed, kimg, settings);
    const figures = describe(binding).slice(0, 3).join(', exchanged ');
    console.log(
      `${encoder.name}, seed ${seed}, ${kimg} kimg: right ${figures}; ${seconds} s, load ${loadavg()[0]!.toFixed(1)}`,
    );
  }
}

const cells = places
  .map(({ encoder, seed, kimg }) => readCell(encoder, seed, kimg, settings))
  .filter((cell) => cell !== null);
const order = [...cells].sort((a, b) => a.kimg - b.kimg);
if (cells.length > 0) console.log(`\n${table(order)}\n`);
const truth = measureTruth(num);
console.log(`Of the data set's own pictures, the matcher finds ${truth.right} of ${num} right.`);
if (settings.save) {
  const facts = { sampling: SAMPLING, num, captions: countCaptions(num), truth };
  saveResult('captions', 'benchmarks/captions/main.ts', {}, { ...facts, cells: order });
}
