/**
 * Text to picture on the data set `shapes`: the scale of guidance against FID and against what of the captions is right, for the
 * teacher in many network calls and for students in one. Everything that was measured is kept: the same command goes on where it
 * was stopped, and measures what is new.
 *
 *   npm run bench:text-to-image -- --data shapes.zip --teacher runs/00000-shapes-... --students boot=boot.safetensors,sid=runs/sid
 *       [--scales 1,1.5,2,3,5] [--steps 18] [--num 2000] [--captions 500] [--split one-thing] [--save]
 *   npm run bench:text-to-image -- --tables ...        the same of what is there so far
 *
 * `--save` writes benchmarks/results/text-to-image.json, and figures of FID and of what is right over the scale beside it.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startEngine } from 'onestep';
import { RESULTS, saveResult } from '../save-result.js';
import { readCell, runCell, type Cell } from './cells.js';
import { guidanceFigures } from './figures.js';
import { listMakers } from './makers.js';
import { openJudge } from './real-features.js';
import { readSettings } from './settings.js';
import { attributeTable, qualityTable } from './tables.js';

const settings = readSettings();
const { data, num, captions, reals, steps, split } = settings;
await startEngine();
const makers = await listMakers(settings);
if (makers.length === 0)
  throw new Error('There is nothing to measure: give --teacher FILE, --students NAME=FILE, or both.');

const known = await Promise.all(makers.map((maker) => readCell(maker, settings)));
if (known.includes(null) && !settings.tables) {
  if (data === undefined)
    throw new Error('FID compares with real images: give --data ZIP, made by "onestep dataset shapes".');
  const judge = await openJudge(data, settings);
  for (const [i, maker] of makers.entries()) {
    if (known[i] !== null) continue;
    const cell = await runCell(maker, settings, judge);
    known[i] = cell;
    const { seen, heldOut } = cell.attributes;
    const [a, b] = [seen.all, heldOut.all].map(({ right, stated }) => `${right} of ${stated}`);
    console.log(
      `${cell.name}, ${cell.calls} calls, guidance ${cell.scale ?? 'none'}: FID ${cell.quality.fid.toPrecision(3)}, right ${a} ` +
        `seen, ${b} held out; ${cell.secondsPerImage.toFixed(2)} s an image`,
    );
  }
}

const cells = known.filter((cell): cell is Cell => cell !== null);
if (cells.length > 0) {
  const { detector } = cells[0]!;
  console.log(
    `\nFID, precision and recall of ${num} images with captions of the data set, against its first ${reals}, detector ${detector};`,
  );
  console.log(`captions of ${captions} pictures of either kind, 95 % confidence intervals:\n\n${qualityTable(cells)}`);
  console.log(`\nWhat is right in percent, seen / held out:\n\n${attributeTable(cells)}`);
}
if (settings.save) {
  saveResult('text-to-image', 'benchmarks/text-to-image/main.ts', {}, { num, captions, reals, steps, split, cells });
  const folder = join(RESULTS, 'text-to-image');
  mkdirSync(folder, { recursive: true });
  for (const [name, svg] of Object.entries(guidanceFigures(cells))) writeFileSync(join(folder, `${name}.svg`), svg);
}
