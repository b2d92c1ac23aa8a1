/**
 * Text to picture on real pictures with names, such as those of "onestep dataset emoji": whether what is made of a name is nearest
 * to the picture of that name among all of the data set, and FID, for the teacher in many network calls and for students in one.
 *
 *   npm run source -- benchmarks/text-to-image/names.ts --data emoji.zip --teacher emoji-teacher.safetensors
 *       --students boot=emoji-boot.safetensors [--scales 1,2,4] [--steps 9] [--num 500] [--save]
 *
 * `--save` writes benchmarks/results/names.json.
 */
import { parseArgs } from 'node:util';
import { openDataset } from '@onestep/datasets';
import { collectFeatures, frechetDistance, withImageFormat, wilsonInterval } from '@onestep/metrics';
import { loadColorDetector } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { startEngine } from 'onestep';
import { saveResult } from '../save-result.js';
import { wholeNumbers } from '../whole-numbers.js';
import { listMakers } from './makers.js';
import { countNearestNames, type NameCounts } from './nearest-names.js';
import { batches } from './real-features.js';
import { readScales, readStudents } from './settings.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    teacher: { type: 'string' },
    students: { type: 'string', default: '' },
    scales: { type: 'string', default: '1,2,4' },
    steps: { type: 'string', default: '9' },
    num: { type: 'string', default: '500' },
    save: { type: 'boolean', default: false },
  },
});
if (values.data === undefined) throw new Error('Names and real pictures are of a data set: give --data ZIP.');
const num = wholeNumbers('num', values.num, 100)[0]!;

await startEngine();
const makers = await listMakers({
  teacher: values.teacher,
  students: readStudents(values.students),
  scales: readScales(values.scales),
  steps: wholeNumbers('steps', values.steps, 1),
});
const dataset = await openDataset(values.data, { useCaptions: true, cacheBytes: 0 });
const count = dataset.length;
const { resolution: imgResolution, channels: imgChannels } = dataset;
const extractor = withImageFormat(await loadColorDetector(), { imgResolution, imgChannels });
const featuresOf = (total: number, imageAt: (index: number) => Uint8Array) =>
  collectFeatures(extractor, batches(total, imageAt), { keep: ['features'] });

const reals = await featuresOf(count, (index) => dataset.imageAt(index));
const indices = Array.from({ length: count }, (_, index) => index);
const real = {
  features: reals.features!,
  dim: extractor.featureDim,
  captions: indices.map((index) => dataset.captionAt(index)),
  classes: indices.map((index) => dataset.classAt(index) ?? 0),
};
const order = new Rng(0, 'captions').permutation(count);
const asked = Array.from({ length: num }, (_, i) => order[i % count]!);
const reference = reals.statistics.moments({ divisor: 'n' });

console.log(
  `FID of ${num} pictures, of all names in turn, against all ${count}, detector ${extractor.name};\n` +
    'of these the share that has the picture of its name as the nearest, among the nearest five, and one of its class as the nearest, ' +
    'with 95 % confidence intervals:\n\n' +
    '| | network calls | guidance | FID | nearest | in five | class |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |',
);
const rows: object[] = [];
for (const { name, calls, scale, open } of makers) {
  const opened = await open();
  const images = await opened.make(
    asked.map((_, i) => i),
    asked.map((index) => real.captions[index]!),
  );
  opened.dispose();
  const { statistics, features } = await featuresOf(asked.length, (index) => images[index]!.data);
  const fid = frechetDistance(statistics.moments({ divisor: 'n' }), reference);
  const nearest = countNearestNames(features!, asked, real);
  rows.push({ name, calls, scale, fid, nearest });
  const shares = (['first', 'firstFive', 'sameClass'] as const).map((what) => share(nearest, what));
  console.log(`| ${name} | ${calls} | ${scale ?? ''} | ${fid.toPrecision(3)} | ${shares.join(' | ')} |`);
}
dataset.close();
if (values.save)
  saveResult('names', 'benchmarks/text-to-image/names.ts', {}, { num, detector: extractor.name, count, rows });

/** `93 % (91 to 95)`. */
function share(counts: NameCounts, what: 'first' | 'firstFive' | 'sameClass'): string {
  const [low, high] = wilsonInterval(counts[what], counts.asked).map((value) => (100 * value).toFixed(0));
  return `${((100 * counts[what]) / counts.asked).toFixed(0)} % (${low} to ${high})`;
}
