/**
 * Compares the methods on Fashion-MNIST, from the shipped teacher, over several seeds: FID, precision and recall after the
 * same number of pictures and after the same time of training; seconds per kimg; memory. It runs `onestep distill`, one
 * process after the other, and goes on where it was stopped.
 *
 *   npm run bench:methods -- --data fashion-mnist-32x32.zip [--only sid,boot] [--seeds 0,1,2] [--points 1,2,3] [--save]
 *   npm run bench:methods -- --data fashion-mnist-32x32.zip --time-only      on an idle machine: seconds per kimg, memory
 *   npm run bench:methods -- --tables                                        what is there so far
 *
 * `--save` writes benchmarks/results/methods.json.
 */
import { loadavg } from 'node:os';
import { saveResult } from '../save-result.js';
import { readCell, readTiming, runCell, startOf, timeRecipe, type Cell, type Timing } from './cells.js';
import { Judge } from './measure.js';
import { chooseRecipes, type Recipe } from './recipes.js';
import { readSettings } from './settings.js';
import { equalPictures, equalTime, type Measured } from './tables.js';
import { timelineOf } from './timeline.js';

const settings = readSettings();
const recipes = chooseRecipes(settings.only);
let failures = 0;

if (settings.timeOnly) {
  // Processor time is comparable on one thread only: two wait for each other.
  process.env.ONESTEP_THREADS = '1';
  for (const recipe of recipes.filter(({ timeOf }) => timeOf === undefined)) {
    await attempt(recipe.name, async () => {
      const { secondsPerKimg, peakMb, load } = await timeRecipe(recipe, settings);
      return `${secondsPerKimg.toFixed(1)} s/kimg, ${peakMb.toFixed(0)} MB, load ${load.map((x) => x.toFixed(1)).join(' to ')}`;
    });
  }
} else if (!settings.tables) {
  const missing = settings.seeds.flatMap((seed) =>
    recipes.filter((recipe) => readCell(recipe, seed, settings) === null).map((recipe) => ({ recipe, seed })),
  );
  if (missing.length > 0) {
    if (settings.data === undefined) throw new Error('Precision and recall compare with real images: give --data ZIP.');
    const judge = await Judge.open(settings.data, settings.num);
    for (const { recipe, seed } of missing) {
      await attempt(`${recipe.name}, seed ${seed}`, async () => {
        const { curve, secondsPerKimg } = await runCell(recipe, seed, settings, judge);
        const fids = curve.map(({ kimg, fid }) => `${kimg} kimg ${fid.toPrecision(3)}`).join(', ');
        return `FID ${fids}; ${secondsPerKimg.toFixed(1)} s/kimg, load ${loadavg()[0]!.toFixed(1)}`;
      });
    }
  }
}

const measured = recipes.map(collect).filter((found) => found !== null);
if (measured.length > 0) report(measured);
process.exitCode = failures === 0 ? 0 : 1;

/** Runs one part, and says how it went. A part that fails does not stop the others. */
async function attempt(name: string, work: () => Promise<string>): Promise<void> {
  const started = performance.now();
  try {
    const line = await work();
    console.log(`${name}: ${line} (${((performance.now() - started) / 1000).toFixed(0)} s)`);
  } catch (error) {
    failures += 1;
    console.error(`${name}: ${(error as Error).message}`);
  }
}

/** Everything that was measured of a recipe; null if nothing was. */
function collect(recipe: Recipe): Measured | null {
  const cells = settings.seeds.map((seed) => readCell(recipe, seed, settings)).filter((cell) => cell !== null);
  if (cells.length === 0) return null;
  const alone = readTiming(recipe, settings);
  const timing = alone ?? timingOf(cells);
  const start = startOf(recipe, settings);
  const source = recipe.from === undefined ? null : collect(chooseRecipes([recipe.from.recipe])[0]!);
  const from = source === null ? undefined : { timeline: source.timeline, kimg: start };
  const timeline = timelineOf({ ...timing, from });
  return { recipe, cells, timing, isTimedAlone: alone !== null, timeline };
}

/** Speed and memory of the long runs themselves. */
function timingOf(cells: readonly Cell[]): Timing {
  const least = (figure: 'secondsPerKimg' | 'peakMb') => Math.min(...cells.map((cell) => cell[figure]));
  return { secondsPerKimg: least('secondsPerKimg'), peakMb: least('peakMb'), pairSeconds: 0, load: [NaN, NaN] };
}

function report(found: readonly Measured[]): void {
  const { points, kimg, num, seeds } = settings;
  const seconds = settings.seconds ?? Math.min(...found.map(({ timeline }) => timeline.secondsAt(kimg)));
  console.log(`\nAfter the same number of pictures:\n\n${equalPictures(found, points)}`);
  console.log(`\nAfter ${Math.round(seconds)} seconds of training:\n\n${equalTime(found, seconds)}\n`);
  const beside = found.filter(({ isTimedAlone }) => !isTimedAlone).map(({ recipe }) => recipe.name);
  if (beside.length > 0) console.log(`Timed in the long runs, not alone: ${beside.join(', ')}.`);
  if (!settings.save) return;
  const rows = found.map(({ recipe, cells, timing, isTimedAlone }) => ({ ...recipe, timing, isTimedAlone, cells }));
  saveResult('methods', 'benchmarks/methods/main.ts', {}, { points, num, seeds, seconds, recipes: rows });
}
