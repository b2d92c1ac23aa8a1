import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectPorts, NonFiniteImagesError, OtherRankError, PortCommunicator } from '@onestep/diffusion-core';
import type { Communicator } from '@onestep/diffusion-core';
import { convertDataset } from '@onestep/datasets';
import { parseMetric, type FeatureExtractor, type MetricResult } from '@onestep/metrics';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEvaluator } from '../src/evaluation/evaluator.js';
import { networkImages, studentImages } from '../src/evaluation/generated-images.js';
import { imagesInFiles, openImages } from '../src/evaluation/image-files.js';
import { metricsHook } from '../src/evaluation/metrics-hook.js';
import { measureSamples } from '../src/evaluation/scores.js';
import { measureImages } from '../src/evaluation/trials.js';
import { gatherImages } from '../src/images/gather-images.js';
import { writeSampleFiles, type ImageSampler } from '../src/images/sample-files.js';
import { loadGeneratorModel } from '../src/networks/load-network.js';
import { writeIdxFiles, writeTinyTeacher } from './support/tiny-files.js';

const { signal } = new AbortController();
let folder: string;
let network: string;
let reals: string;
const inFolder = (name: string) => join(folder, name);
const { log, error } = console;

/** Makes the same call in several members of this thread. */
const inMembers = <T>(size: number, work: (communicator: Communicator) => Promise<T>) =>
  Promise.all(connectPorts(size).map((member) => work(new PortCommunicator(member))));
const errorOf = (work: Promise<unknown>) => work.then(() => null).catch((reason: unknown) => reason as Error);

beforeAll(async () => {
  console.log = console.error = () => {};
  folder = await mkdtemp(join(tmpdir(), 'onestep-shared-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  network = await writeTinyTeacher(folder);
  reals = inFolder('reals.zip');
  await convertDataset({ source: await writeIdxFiles(folder, 20), dest: reals });
});
afterAll(async () => {
  Object.assign(console, { log, error });
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

describe('images', () => {
  let sampler: ImageSampler;
  beforeAll(async () => {
    const model = await loadGeneratorModel(await writeTinyTeacher(folder, 8), { initSigma: 2.5 });
    sampler = { model, evaluations: 1, sample: (options) => model.sample(options) };
  });
  const contentsOf = async (name: string) => {
    const names = (await readdir(inFolder(name), { recursive: true })).filter((file) => file.includes('.')).sort();
    return Promise.all(names.map(async (file) => [file, (await readFile(join(inFolder(name), file))).toString('hex')]));
  };
  const optionsOf = (name: string, count: number) => ({
    ...{ network, outdir: inFolder(name), subdirs: true, grid: join(inFolder(name), 'grid.png'), batch: 2 },
    seeds: Array.from({ length: count }, (_, i) => 997 + i),
  });

  it('are the files of one process: shares differ, and some processes have none', async () => {
    for (const [count, sizes] of [
      [9, [2, 4]],
      [3, [3]],
    ] as const) {
      const name = `alone-${count}`;
      const alone = await writeSampleFiles(optionsOf(name, count), sampler, signal);
      for (const size of sizes) {
        const shared = await inMembers(size, async (communicator) => {
          const own = await writeSampleFiles(optionsOf(`${name}-${size}`, count), sampler, signal, communicator);
          return { ...own, all: await gatherImages(communicator, own.images, 8 * 8) };
        });
        expect(await contentsOf(`${name}-${size}`)).toEqual(await contentsOf(name));
        expect(shared.flatMap(({ images }) => images)).toEqual(alone.images);
        expect(shared.map(({ all }) => all)).toEqual([alone.images, ...Array(size - 1).fill([])]);
        for (const { images, first } of shared)
          expect(alone.images.slice(first, first + images.length)).toEqual(images);
      }
    }
  });

  it('fail in all processes where one fails, and an unused folder does not stay', async () => {
    const failing: ImageSampler = {
      ...sampler,
      sample: async (options) => {
        if (options.seeds.length > 0) throw new NonFiniteImagesError(`NaN at ${options.seeds[0]}.`);
        return [];
      },
    };
    const errors = await inMembers(3, (communicator) =>
      errorOf(writeSampleFiles(optionsOf('never', 3), failing, signal, communicator)),
    );
    expect(errors.map((reason) => reason!.message)).toEqual([
      'NaN at 997.',
      'NaN at 999.',
      'Rank 0 on this machine: NaN at 997.',
    ]);
    expect(await readdir(folder)).not.toContain('never');
  });

  it('are refused where the processes see different folders', async () => {
    const errors = await inMembers(2, (communicator) =>
      errorOf(writeSampleFiles(optionsOf(`host-${communicator.rank}`, 3), sampler, signal, communicator)),
    );
    expect(errors.map((reason) => reason!.message)).toEqual([
      expect.stringMatching(
        /^Rank 1 on this machine: .*host-1 on this machine is not the folder of rank 0\. Pass an --outdir/,
      ),
      expect.stringMatching(/^.*host-1 on this machine is not the folder of rank 0\./),
    ]);
  });
});

describe('numbers', () => {
  const metrics = ['fid20_full', 'is20', 'kid20_exact', 'pr203_full'].map(parseMetric);
  const valuesOf = (results: readonly MetricResult[]) => Object.assign({}, ...results.map(({ values }) => values));
  /** Expects the numbers of one process, FID to rounding. */
  const expectSame = (found: readonly MetricResult[], alone: readonly MetricResult[]) => {
    const [ours, theirs] = [valuesOf(found), valuesOf(alone)];
    expect(ours).toEqual({ ...theirs, fid20_full: ours.fid20_full });
    expect(Math.abs(ours.fid20_full / theirs.fid20_full - 1)).toBeLessThan(1e-9);
  };
  const measure = async (communicator?: Communicator) => {
    const generated = await networkImages(network, { initSigma: 2.5, batch: 8 });
    const open = await openEvaluator({ data: reals, communicator }, generated.format, metrics);
    const progress: number[] = [];
    const evaluator = await open(signal);
    const onProgress = (done: number) => progress.push(done);
    const results = await measureImages({
      images: generated,
      metrics,
      evaluator,
      firstSeed: 5,
      signal,
      onProgress,
      communicator,
    });
    expect(progress.at(-1)).toBe(20);
    return results;
  };

  it('are those of one process, for generated images; the features of real images are cached once', async () => {
    const alone = await measure();
    await rm(inFolder('cache'), { recursive: true });
    const computed = await inMembers(2, measure);
    const cached = await inMembers(2, measure);
    for (const [first, second] of [computed, cached]) {
      expectSame(first!, alone);
      expect(second).toEqual(first);
    }
  });

  it('are those of one process, for images in files, and so are the remarks', async () => {
    const measureFiles = async (communicator?: Communicator) => {
      const images = await imagesInFiles(inFolder('alone-9'), { num: 9, communicator });
      const small: FeatureExtractor = {
        ...{ name: 'sums', featureDim: 1, numClasses: 0, imgResolution: 8, imgChannels: 1 },
        extract: async (pixels, n) => {
          const length = pixels.length / n;
          const sum = (i: number) =>
            Array.from(pixels.subarray(i * length, (i + 1) * length)).reduce((a, b) => a + b, 0);
          return { features: Float32Array.from({ length: n }, (_, i) => sum(i)), probabilities: new Float32Array() };
        },
      };
      const features = Float32Array.from({ length: 9 }, (_, i) => 1e5 * i);
      const evaluator = { extractor: small, reference: { statistics: null, features }, digests: {}, remarks: [] };
      const nine = ['fid9', 'kid9_exact'].map(parseMetric);
      const results = await measureImages({ images, metrics: nine, evaluator, firstSeed: 0, signal, communicator });
      return { results, remarks: await images.remarks!(299) };
    };
    const alone = await measureFiles();
    expect(alone.remarks).toEqual([expect.stringContaining('9 of 9 images are smaller')]);
    const shared = await inMembers(4, measureFiles);
    expect(shared).toEqual(Array(4).fill({ ...alone, results: shared[0]!.results }));
    expect(shared[0]!.results[1]).toEqual(alone.results[1]);
    const [ours, theirs] = [shared[0]!.results[0]!.values.fid9!, alone.results[0]!.values.fid9!];
    expect(Math.abs(ours / theirs - 1)).toBeLessThan(1e-9);
    const [first, second] = await inMembers(2, (communicator) => openImages(reals, { communicator }));
    expect([first!, second!].map(({ first: start, count, length }) => [start, count, length])).toEqual([
      [0, 10, 20],
      [10, 10, 20],
    ]);
    first!.close();
    second!.close();
  });

  it('are returned at every process of a training, and recorded once', async () => {
    const { generator } = await loadGeneratorModel(network, { initSigma: 2.5 });
    const snapshot = inFolder('network-snapshot-000001.safetensors');
    const report = { tick: 1, imagesSeen: 1000, stats: {}, snapshot, isAlive: true, done: false };
    const measured = await inMembers(2, async (communicator) => {
      const hook = await metricsHook(['fid20_edm', 'is20'], generator, { communicator });
      return hook!(report, signal);
    });
    expect(measured[1]).toEqual(measured[0]);
    expect(Object.keys(measured[0]!)).toEqual(['Metrics/fid20_edm', 'Metrics/is20', 'Metrics/is20_std']);
    const lines = (await readFile(inFolder('metric-fid20_edm.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as { results: object }).results)).toEqual([
      { fid20_edm: measured[0]!['Metrics/fid20_edm'] },
    ]);
  });

  it('of samples are measured where they were made', async () => {
    const model = await loadGeneratorModel(network, { initSigma: 2.5 });
    const seeds = Array.from({ length: 12 }, (_, i) => i);
    const images = (await model.sample({ seeds })).map(({ data }) => data);
    const open = await openEvaluator({}, model.generator, [parseMetric('fid12_edm')]);
    const evaluator = await open(signal);
    const text = async (starts: readonly number[]) =>
      inMembers(starts.length, (communicator) => {
        const [first, end] = [starts[communicator.rank]!, starts[communicator.rank + 1] ?? 12];
        const own = { images: images.slice(first, end), first, count: 12, communicator };
        return measureSamples({ ...own, format: model.generator, network, outdir: folder }, evaluator, signal);
      });
    const [alone] = await text([0]);
    expect(await text([0, 5])).toEqual([alone, alone]);
  });

  it('do not exist where a network returns NaN in one process', async () => {
    const { generator } = await loadGeneratorModel(network, { initSigma: 2.5 });
    const images = studentImages('student', generator, { batch: 8 });
    const open = await openEvaluator({}, generator, metrics.slice(0, 2));
    const evaluator = await open(signal);
    const errors = await inMembers(2, (communicator) => {
      const broken: Parameters<typeof measureImages>[0]['images'] = {
        ...images,
        open(request) {
          if (communicator.rank === 0) return images.open(request);
          const fail = async function* () {
            yield* [];
            throw new NonFiniteImagesError('NaN in every pixel.');
          };
          return { first: 14, count: 6, batches: fail() };
        },
      };
      const args = { images: broken, metrics: metrics.slice(0, 2), evaluator, firstSeed: 0, signal, communicator };
      return errorOf(measureImages(args));
    });
    expect(errors).toEqual([
      new NonFiniteImagesError('NaN in every pixel.'),
      new NonFiniteImagesError('NaN in every pixel.'),
    ]);
    expect(errors[0]).not.toBeInstanceOf(OtherRankError);
  });
});
