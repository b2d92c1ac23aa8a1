import { mkdtemp, readdir, readFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convertDataset } from '@onestep/datasets';
import { openNpz, writeNpz } from '@onestep/checkpoint/node';
import { Rng } from '@onestep/random';
import { readReference } from '@onestep/metrics/node';
import { parseMetric, type FeatureExtractor } from '@onestep/metrics';
import { loadDetector, type ImageFormat } from '../src/evaluation/detector.js';
import { openEvaluator, realFeatures } from '../src/evaluation/evaluator.js';
import { seedBatches } from '../src/evaluation/generated-images.js';
import { assertNamedChecksum } from '../src/networks/checksum.js';
import { summarize } from '../src/reports/trial-results.js';
import { runCli, type Finished } from './support/cli.js';
import { runInside } from './support/run-here.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
let network: string;
let zip: string;
const inFolder = (name: string) => join(folder, name);
/** Parses lines of JSON. */
const linesOf = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { metric: string; trial: number; results: Record<string, number> });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-metrics-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  network = await writeTinyTeacher(folder);
  zip = inFolder('reals.zip');
  await convertDataset({ source: await writeIdxFiles(folder, 40), dest: zip });
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

describe('onestep metrics', () => {
  it('gives images of onestep generate and the generator itself exactly the same numbers', async () => {
    const generator = [`--network=${network}`, '--init-sigma=2.5'];
    const outdir = inFolder('samples');
    const generated = await runInside([
      'generate',
      ...generator,
      `--outdir=${outdir}`,
      '--seeds=0-19',
      '--num=20',
      '--batch=8',
    ]);
    expect(generated.code).toBe(0);
    const npz = join(outdir, 'samples_20x32x32x1.npz');
    const what = ['--metrics=fid20_full,fid20_edm,is20,kid20_full,pr203_full', `--data=${zip}`, '--json'];
    // At the same time: what they keep for each other has to be whole at every moment.
    const calc = (...images: string[]) => runCli(['metrics', 'calc', ...images, ...what]);
    const [direct, ...files] = await Promise.all([
      calc(...generator, '--batch=8'),
      calc(`--images=${npz}`),
      calc(`--images=${outdir}`),
    ]);
    expect(direct).toMatchObject({ code: 0, stderr: expect.stringMatching(/^Few images \(20; published.*\n$/) });
    const resultsOf = ({ stdout }: Finished) => linesOf(stdout).map(({ results }) => results);
    for (const file of files) expect(resultsOf(file)).toEqual(resultsOf(direct));
    // The three runs wrote the same files: the detector's features of the real images.
    const kept = await readdir(join(inFolder('cache'), 'gan-metrics'));
    expect(kept.sort()).toEqual([
      expect.stringMatching(/^reals-fashion-mnist-cnn-v0-[0-9a-f]{16}\.features\.safetensors$/),
      expect.stringMatching(/\.statistics\.safetensors$/),
    ]);
    expect(linesOf(direct.stdout)[0]).toMatchObject({
      metric: 'fid20_full',
      detector: 'fashion-mnist-cnn-v0',
      reference: 'reals (40 images)',
      numImages: 20,
      seconds: expect.any(Number),
      variant: expect.stringContaining('divided by N '),
    });
  });

  it('writes a reference that fid.py reads, and evaluates a generator over trials as sid_metrics.py', async () => {
    const reference = inFolder('reals.npz');
    const made = await runInside(['metrics', 'ref', `--data=${zip}`, `--dest=${reference}`]);
    expect(made.stdout).toMatch(/40 images of reals, features of fashion-mnist-cnn-v0/);
    expect(await readReference(reference)).toMatchObject({ name: 'reals', numImages: 40 });
    expect(Object.keys(await openNpz(reference)).slice(0, 2)).toEqual(['mu', 'sigma']);

    const args = [`--network=${network}`, '--init_sigma=2.5', '--cond=1', `--data_stat=${reference}`, '--trials=3'];
    const outdir = inFolder('out');
    const run = await runInside(['metrics', 'eval', ...args, '--metrics=fid12_full,is12', `--outdir=${outdir}`]);
    expect(run).toMatchObject({ code: 0, stderr: expect.stringContaining('Few images (12; published') });
    expect(run.stdout).toMatch(/\| fid12_full \|.* 12 \| fashion-mnist-cnn-v0 \| reals \(40 images\) \|/);
    const texts = (await readdir(outdir)).filter((name) => name.endsWith('.txt'));
    expect(texts.sort()).toEqual(
      [0, 1, 2].flatMap((i) => [`fid12_full10_${i}.txt`]).concat(['is1210_0.txt', 'is1210_1.txt', 'is1210_2.txt']),
    );
    const lines = linesOf(await readFile(join(outdir, 'metrics.jsonl'), 'utf8'));
    const fids = lines.filter(({ metric }) => metric === 'fid12_full').map(({ results }) => results.fid12_full!);
    expect(new Set(fids).size).toBe(3);
    expect(Number(await readFile(join(outdir, 'fid12_full10_1.txt'), 'utf8'))).toBe(fids[1]);
  });

  it('reports what is missing before it starts', async () => {
    const calc = (...args: string[]) => runInside(['metrics', 'calc', ...args]);
    const none = await calc(`--images=${zip}`, '--metrics=kid20_full');
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('pass a data set with --data')]);
    const few = await calc(`--images=${zip}`, '--num=50');
    expect([few.code, few.stderr]).toEqual([1, expect.stringMatching(/has 40 images.*--num 40/)]);
    const weights = await calc(`--images=${zip}`, '--num=20', `--detector=${network}`);
    expect([weights.code, weights.stderr]).toEqual([
      1,
      expect.stringMatching(/does not hold the weights of the FID Inception/),
    ]);
  });
});

it('refuses a metric if the detector lacks its features', async () => {
  const open = (name: string) =>
    openEvaluator({ data: zip }, { imgResolution: 32, imgChannels: 1 }, [parseMetric(name)]);
  await expect(open('sfid20_adm')).rejects.toThrow(/needs spatial features, which fashion-mnist-cnn-v0 does not have/);
  await expect(open('pr203')).rejects.toThrow(/pr203 is only defined for vgg16-torchvision features/);
});

it('computes the features of a data set once, until the data or the detector changes', async () => {
  const cache = inFolder('own-cache');
  process.env.ONESTEP_CACHE_DIR = cache;
  const data = inFolder('images.npz');
  const writeImages = (seed: number) => {
    const pixels = Uint8Array.from(new Rng(seed).integers(40 * 32 * 32, 256));
    return writeNpz(data, { arr_0: { shape: [40, 32, 32, 1], pieces: [pixels] } });
  };
  await writeImages(1);
  let seen = 0;
  const extractorOf = ({ imgResolution, imgChannels }: ImageFormat): FeatureExtractor => ({
    name: 'first pixels',
    featureDim: 2,
    numClasses: 1,
    imgResolution,
    imgChannels,
    extract: async (images, n) => {
      seen += n;
      const bytes = images.length / n;
      const features = Float32Array.from({ length: 2 * n }, (_, i) => images[(i >> 1) * bytes + 330 + (i % 2)]!);
      return { features, probabilities: new Float32Array(n).fill(1) };
    },
  });
  const see = (checksum: string | null, features = true) =>
    realFeatures({ extractorOf, checksum, digest: '' }, data, { features, signal: new AbortController().signal });
  const first = await see('a');
  expect([seen, first.features!.length, first.statistics.numImages]).toEqual([40, 80, 40]);
  expect(await see('a')).toEqual(first);
  expect(await see('a', false)).toEqual({ ...first, features: null });
  expect(seen).toBe(40);
  await see('b', false);
  await see(null);
  await see(null);
  expect(seen).toBe(160);
  for (const name of await readdir(join(cache, 'gan-metrics'))) await truncate(join(cache, 'gan-metrics', name), 99);
  expect(await see('a')).toEqual(first);
  expect(seen).toBe(200);
  // Neither the date nor the place counts, and another data set of equal size and date at the same place is another one.
  await utimes(data, 1, 1);
  await rename(data, inFolder('images-moved.npz'));
  await rename(inFolder('images-moved.npz'), data);
  await see('a');
  expect(seen).toBe(200);
  await writeImages(2);
  await utimes(data, 1, 1);
  expect((await see('a')).features).not.toEqual(first.features);
  expect(seen).toBe(240);
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
});

it('imports a detector from a module', async () => {
  const write = async (name: string, text: string) => {
    await writeFile(inFolder(name), text);
    return inFolder(name);
  };
  const own = await write(
    'brightness.mjs',
    `export default ({ imgResolution, imgChannels }) => ({
      name: 'brightness', featureDim: 1, numClasses: 1, imgResolution, imgChannels,
      extract: async (images, n) => ({
        features: Float32Array.from({ length: n }, (_, i) => images[i * imgResolution ** 2 * imgChannels]),
        probabilities: new Float32Array(n).fill(1),
      }),
    });`,
  );
  const extractor = await (await loadDetector(own)).extractorOf({ imgResolution: 2, imgChannels: 3 });
  expect(extractor).toMatchObject({ name: 'brightness', imgResolution: 2, imgChannels: 3 });
  expect(
    (
      await extractor.extract(
        Uint8Array.from({ length: 24 }, (_, i) => i),
        2,
      )
    ).features,
  ).toEqual(Float32Array.of(0, 12));
  await expect(loadDetector(await write('none.mjs', 'export const a = 1;'))).rejects.toThrow(
    /none\.mjs needs a default/,
  );
  await expect(loadDetector(inFolder('missing.mjs'))).rejects.toThrow(/missing\.mjs does not exist/);
  const half = await loadDetector(await write('half.mjs', "export default () => ({ name: 'half', featureDim: 0 });"));
  await expect(half.extractorOf({ imgResolution: 2, imgChannels: 3 })).rejects.toThrow(
    /half\.mjs lacks featureDim .*numClasses .*extract/,
  );
});

it('checks a file whose name has a checksum', async () => {
  // The SHA-256 of no bytes starts with e3b0c442.
  const [right, wrong] = [inFolder('weights-e3b0c442.pth'), inFolder('weights-12345678.pth')];
  for (const path of [right, wrong, inFolder('weights.pth')]) await writeFile(path, '');
  await assertNamedChecksum(right);
  await assertNamedChecksum(inFolder('weights.pth'));
  await expect(assertNamedChecksum(wrong)).rejects.toThrow(/starts with e3b0c442, and its name says 12345678/);
});

it('summarizes trials by mean, population deviation and extremes', () => {
  const about = {
    metric: 'fid50k_full',
    variant: '',
    detector: '',
    resizing: null,
    reference: null,
    numImages: 50_000,
    images: '',
    seconds: 1,
  };
  const trials = [2, 4].map((value, trial) => ({ ...about, trial, firstSeed: 0, values: { fid50k_full: value } }));
  expect(summarize(trials)).toEqual({ fid50k_full: { mean: 3, std: 1, min: 2, max: 4 } });
});

it('splits seeds into batches as evenly as possible', () => {
  expect(seedBatches([9, 8, 7, 6, 5], 2)).toEqual([[9, 8], [7, 6], [5]]);
  expect(seedBatches([1, 2, 3, 4, 5], 4)).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
  expect(seedBatches([1], 64)).toEqual([[1]]);
});
