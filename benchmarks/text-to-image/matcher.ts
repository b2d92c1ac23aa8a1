/**
 * How often `matchCaption` is right: on pictures of the data set `shapes`, whose contents are known, and on the same pictures
 * made worse, as generated ones may be. What it misses here is the ceiling of every figure that it measures.
 *
 *   npm run source -- benchmarks/text-to-image/matcher.ts [--num 500] [--only 'noise of 10,blur of 1 pixel']
 */
import { parseArgs } from 'node:util';
import { CaptionMeter, DRAWN_DATASETS, MEASURED } from '@onestep/datasets';
import { CHANGES, makeWorse, SIDE } from './worse-pictures.js';

const { values } = parseArgs({ options: { num: { type: 'string', default: '500' }, only: { type: 'string' } } });
const num = Number(values.num);
const SEED = 11;
const shapes = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;

const shown = MEASURED.filter((name) => name !== 'exchanged');
console.log(`| ${num} pictures each, half of them held out | ${shown.join(' | ')} |`);
console.log(`| --- |${shown.map(() => ' ---: |').join('')}`);
for (const name of values.only?.split(',') ?? Object.keys(CHANGES)) {
  const meter = new CaptionMeter();
  for (let index = 0; index < num; index++) {
    const split = shapes.splits[index % 2];
    const pixels = makeWorse(shapes.draw(SEED, index, SIDE, split), name, index);
    meter.add(pixels, shapes.describe!(SEED, index, split));
  }
  const { seen, heldOut } = meter.counts();
  const cells = shown.map((what) => {
    const [right, stated] = [seen[what].right + heldOut[what].right, seen[what].stated + heldOut[what].stated];
    return `${((100 * right) / stated).toFixed(1)}`;
  });
  console.log(`| ${name} | ${cells.join(' | ')} |`);
}
