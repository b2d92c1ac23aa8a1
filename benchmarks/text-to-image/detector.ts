/**
 * Whether the FID of the detector for color, which needs no download, grows as pictures of the data set `shapes` become worse, or
 * as kinds of pictures are missing: pictures of another seed against those of the first.
 *
 *   npm run source -- benchmarks/text-to-image/detector.ts [--num 1000] [--reals 4000]
 */
import { parseArgs } from 'node:util';
import { DRAWN_DATASETS, shapesScene, type Scene } from '@onestep/datasets';
import { collectFeatures, frechetDistance, withImageFormat, type ImageBatch } from '@onestep/metrics';
import { loadColorDetector } from '@onestep/metrics/node';
import { startEngine } from 'onestep';
import { CHANGES, makeWorse, SIDE } from './worse-pictures.js';

const { values } = parseArgs({
  options: { num: { type: 'string', default: '1000' }, reals: { type: 'string', default: '4000' } },
});
const [num, reals] = [Number(values.num), Number(values.reals)];
const SEED = 11;
const BATCH = 128;
const shapes = DRAWN_DATASETS.find(({ name }) => name === 'shapes')!;

/** Pictures that are left, where some kinds are missing. */
const KEPT: Record<string, (scene: Scene) => boolean> = {
  'no stars': ({ things }) => things.every(({ shape }) => shape !== 'star'),
  'no blue things': ({ things }) => things.every(({ color }) => color !== 'blue'),
  'no small things': ({ things }) => things.every(({ size }) => size === 'large'),
  'one thing only': ({ things }) => things.length === 1,
  'no white ground': ({ ground }) => ground !== 'white',
};

await startEngine();
const extractor = withImageFormat(await loadColorDetector(), { imgResolution: SIDE, imgChannels: 3 });
const momentsOf = async (pictures: Iterable<Uint8Array>) =>
  (await collectFeatures(extractor, inBatches(pictures))).statistics.moments({ divisor: 'n' });
const reference = await momentsOf(take(0, reals, () => true));
console.log(
  `FID of ${num} pictures against ${reals} others, detector ${extractor.name}:\n\n| pictures | FID |\n| --- | ---: |`,
);
for (const name of Object.keys(CHANGES)) {
  const changed = [...take(SEED, num, () => true)].map((pixels, i) => makeWorse(pixels, name, i));
  report(name, frechetDistance(await momentsOf(changed), reference));
}
for (const [name, isKept] of Object.entries(KEPT)) {
  report(name, frechetDistance(await momentsOf(take(SEED, num, isKept)), reference));
}

function report(name: string, fid: number): void {
  console.log(`| ${name} | ${fid.toPrecision(3)} |`);
}

/** The first pictures of a seed that are kept. */
function* take(seed: number, count: number, isKept: (scene: Scene) => boolean): Generator<Uint8Array> {
  for (let index = 0, taken = 0; taken < count; index++) {
    if (!isKept(shapesScene(seed, index))) continue;
    taken += 1;
    yield shapes.draw(seed, index, SIDE);
  }
}

function* inBatches(pictures: Iterable<Uint8Array>): Generator<ImageBatch> {
  let pending: Uint8Array[] = [];
  for (const pixels of pictures) {
    pending.push(pixels);
    if (pending.length < BATCH) continue;
    yield { images: Buffer.concat(pending), count: pending.length };
    pending = [];
  }
  if (pending.length > 0) yield { images: Buffer.concat(pending), count: pending.length };
}
