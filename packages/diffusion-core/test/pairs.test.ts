import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  connectPorts,
  GaussianDenoiser,
  OtherRankError,
  PairsInMemory,
  PortCommunicator,
  samplePairs,
  sampleImages,
  shufflePairs,
} from '@onestep/diffusion-core';
import { makePairs, openPairs, planPairs, type PlanPairsArgs } from '@onestep/diffusion-core/node';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';

let root: string;
beforeAll(async () => {
  await tf.setBackend('cpu');
  root = await mkdtemp(join(tmpdir(), 'onestep-pairs-'));
});
afterAll(() => rm(root, { recursive: true }));

const network = (labelDim = 0) =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 3, sigmaData: 0.5, hidden: 4, labelDim }, new Rng(1));
const range = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);
const folderOf = (name: string) => join(root, name);

async function make(name: string, args: Partial<PlanPairsArgs> = {}, batch = 4) {
  const folder = folderOf(name);
  const wanted = {
    folder,
    denoiser: network(),
    name: 'mlp',
    seeds: range(10),
    shard: 4,
    sampler: { steps: 3 },
    ...args,
  };
  const plan = await planPairs(wanted);
  await makePairs(plan, { batch });
  return { folder, plan };
}

/** The bytes of all files with pairs, by name. */
async function contents(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.startsWith('pairs-')).sort();
  const files = names.map(async (name) => [name, (await readFile(join(folder, name))).toString('base64')]);
  return Object.fromEntries(await Promise.all(files)) as Record<string, string>;
}

describe('pairs', () => {
  it('end where the path of the teacher ends, from their own noise', async () => {
    const [mean, std] = [0.3, 0.5];
    const denoiser = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean, std });
    const { noise, images } = await samplePairs({ denoiser, seeds: range(3), options: { steps: 100 } });
    // The probability-flow ODE keeps the number of standard deviations that x is from the mean.
    const scale = std / Math.sqrt(std ** 2 + 80 ** 2);
    noise.forEach((z, i) => expect(Math.abs(images[i]! - mean - scale * (80 * z - mean))).toBeLessThan(2e-3));
    expect(images).toEqual(
      Float32Array.from((await sampleImages({ denoiser, seeds: range(3), options: { steps: 100 } })).images),
    );
  });

  it('are the same in files and in memory, in any order, with labels', async () => {
    const denoiser = network(5);
    const { folder, plan } = await make('labels', { denoiser });
    const set = openPairs(folder);
    const expected = await samplePairs({ denoiser, seeds: [9, 0, 5], options: { steps: 3 } });
    const read = await set.read([9, 0, 5]);
    expect(read.noise).toEqual(expected.noise);
    expect(read.labels).toEqual(expected.labels);
    expected.images.forEach((value, i) => expect(read.images[i]).toBeCloseTo(value, 5));
    expect(set).toMatchObject({ length: 10, imgResolution: 2, imgChannels: 3, labelDim: 5 });
    expect(plan).toMatchObject({ missing: [0, 1, 2], missingPairs: 10, bytes: 10 * (8 + 12 * 8 + 4) });
  });

  it('do not depend on the batch or on the size of files', async () => {
    const [a, b] = [openPairs((await make('a')).folder), openPairs((await make('b', { shard: 7 }, 1)).folder)];
    const [first, second] = [await a.read(range(10)), await b.read(range(10))];
    expect(second.noise).toEqual(first.noise);
    first.images.forEach((value, i) => expect(second.images[i]).toBeCloseTo(value, 5));
    // Of a batch of the same size, bit by bit: the last one of a file is filled up.
    const c = await openPairs((await make('c', { shard: 10 })).folder).read(range(10));
    expect(c).toEqual(first);
  });

  it('keep what is there: what was stopped or is added is byte by byte what one go makes', async () => {
    const whole = await contents((await make('whole')).folder);
    const { folder } = await make('parts', { seeds: range(6) });
    await rm(join(folder, 'pairs-00000.safetensors'));
    expect(() => openPairs(folder)).toThrow(/not complete: 1 of its 2 files are missing, the first is pairs-00000/);
    const before = (await contents(folder))['pairs-00001.safetensors'];
    expect(before).not.toBe(whole['pairs-00001.safetensors']);
    const { plan } = await make('parts');
    expect(plan.missing).toEqual([0, 1, 2]);
    expect(await contents(folder)).toEqual(whole);
    expect((await make('parts')).plan).toMatchObject({ missing: [], missingBytes: 0 });

    const stop = new AbortController();
    const stopped = await planPairs({ ...plan.args, folder: folderOf('stopped') });
    const onProgress = (done: number) => void (done >= 5 && stop.abort(new Error('enough')));
    await expect(makePairs(stopped, { batch: 4, onProgress, signal: stop.signal })).rejects.toThrow('enough');
    expect(Object.keys(await contents(folderOf('stopped')))).toEqual(['pairs-00000.safetensors']);
    await make('stopped');
    expect(await contents(folderOf('stopped'))).toEqual(whole);
  });

  it('are made by several processes as by one, byte by byte, and all stop where one is stopped', async () => {
    const denoiser = network(5);
    const alone = await contents((await make('alone', { denoiser }, 2)).folder);
    const together = (size: number, name: string, stopped?: AbortSignal) =>
      Promise.allSettled(
        connectPorts(size).map(async (member) => {
          const communicator = new PortCommunicator(member);
          const folder = folderOf(name);
          const wanted = { folder, denoiser, name: 'mlp', seeds: range(10), shard: 4, sampler: { steps: 3 } };
          // Only process 0 looks at the folder.
          const plan = await planPairs({ ...wanted, folder: communicator.rank > 0 ? '/proc' : folder }, communicator);
          const signal = communicator.rank === 1 ? stopped : undefined;
          await makePairs({ ...plan, args: wanted }, { batch: 2, communicator, signal });
        }),
      );
    const done = { status: 'fulfilled' };
    expect(await together(2, 'shared')).toMatchObject([done, done]);
    expect(await contents(folderOf('shared'))).toEqual(alone);
    const enough = new Error('enough');
    const [first, second, third] = await together(3, 'shared-stopped', AbortSignal.abort(enough));
    expect(second).toMatchObject({ reason: enough });
    for (const other of [first, third]) {
      expect(other).toMatchObject({ reason: expect.any(OtherRankError) as unknown });
      expect(other).toMatchObject({ reason: { rank: 1, wasStopped: true, text: 'enough' } });
    }
    expect(await together(3, 'shared-stopped')).toMatchObject([done, done, done]);
    expect(await contents(folderOf('shared-stopped'))).toEqual(alone);
  });

  it.each([
    [
      'another teacher',
      { denoiser: new MlpDenoiser({ imgResolution: 2, imgChannels: 3, sigmaData: 0.5, hidden: 4 }, new Rng(2)) },
      'teacher',
    ],
    ['other steps', { sampler: { steps: 4 } }, 'steps is 3 there and 4 here'],
    ['another solver', { sampler: { steps: 3, solver: 'euler' } }, 'solver is not set there and "euler" here'],
    ['another type', { dtype: 'uint8' }, 'dtype is "float32" there and "uint8" here'],
    ['other files', { shard: 5 }, 'shard is 4 there and 5 here'],
    ['other seeds', { seeds: range(10, 1) }, 'pairs-00000.safetensors holds pairs of other seeds'],
  ] satisfies [string, Partial<PlanPairsArgs>, string][])('are not mixed with %s', async (_, other, message) => {
    await make('mixed');
    await expect(make('mixed', other)).rejects.toThrow(message);
    await make('mixed', { name: 'the same network in another file' });
  });

  it('are refused before any work where they cannot be made', async () => {
    await expect(make('never', { seeds: [1, 1] })).rejects.toThrow('a seed of its own');
    await expect(make('never', { sampler: { steps: 0 } })).rejects.toThrow('1 or more steps');
    await expect(make('never', { classIndex: 1 })).rejects.toThrow('unconditional');
    await expect(make('never', { shard: 0 })).rejects.toThrow('shard must be a whole number from 1');
    const huge = { seeds: range(300_000), denoiser: Object.assign(network(), { imgResolution: 512 }) };
    await expect(planPairs({ folder: folderOf('never'), name: '', sampler: { steps: 1 }, ...huge })).rejects.toThrow(
      /MB free, and 300000 pairs/,
    );
    expect(await readdir(root)).not.toContain('never');
  });

  it.each([
    ['float32', 0],
    ['float16', 2 ** -11],
    ['uint8', 1 / 127.5],
  ] as const)('are stored as %s', async (dtype, error) => {
    const exact = await openPairs((await make('exact')).folder).read(range(10));
    const stored = await openPairs((await make(`dtype-${dtype}`, { dtype })).folder).read(range(10));
    expect(stored.noise).toEqual(exact.noise);
    stored.images.forEach((value, i) => {
      const wanted = exact.images[i]!;
      const target = dtype === 'uint8' ? Math.min(Math.max(wanted, -1), 1) : wanted;
      expect(Math.abs(value - target)).toBeLessThanOrEqual(error * Math.max(1, Math.abs(target)));
    });
  });

  it('says what is wrong with a folder', async () => {
    expect(() => openPairs(folderOf('nothing'))).toThrow('There are no pairs in');
    const { folder } = await make('wrong');
    const index = join(folder, 'pairs.json');
    const text = await readFile(index, 'utf8');
    for (const [from, to, message] of [
      ['"onestep pairs 1"', '"onestep pairs 9"', 'not of the format'],
      ['"count": 10', '"count": 9', 'has 2 pairs, which are not those of pairs.json'],
      ['"count": 10', '"count": -1', 'its entry count is not a whole number'],
      ['"imgChannels": 3', '"imgChannels": 1', 'noise is F32 [4,3,2,2], and F32 [4,1,2,2] belongs there'],
      ['"steps": 3', '"steps": 4', 'does not belong to the pairs.json next to it'],
      ['{', '[', 'is damaged'],
    ] as const) {
      await writeFile(index, text.replace(from, to));
      expect(() => openPairs(folder), to).toThrow(message);
    }
    await writeFile(index, text);
    const shard = join(folder, 'pairs-00001.safetensors');
    await writeFile(shard, (await readFile(shard)).subarray(0, -1));
    expect(() => openPairs(folder)).toThrow(/pairs-00001.safetensors.*is the file complete/);
  });
});

describe('a stream of pairs', () => {
  const set = (length: number) =>
    new PairsInMemory(
      {
        noise: Float32Array.from(range(length)),
        images: Float32Array.from(range(length)),
        labels: null,
        count: length,
      },
      { imgResolution: 1, imgChannels: 1, labelDim: 0 },
    );

  it('has each pair once in a pass, in another order in each', async () => {
    const source = shufflePairs(set(50), 3);
    const passes = [await source.next(50), await source.next(50)].map(({ noise }) => [...noise]);
    for (const pass of passes) expect([...pass].sort((a, b) => a - b)).toEqual(range(50));
    expect(passes[0]).not.toEqual(passes[1]);
    expect([...(await shufflePairs(set(50), 4).next(50)).noise]).not.toEqual(passes[0]);
  });

  it('resumes exactly from its state, whatever the batches', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.integer({ min: 0, max: 12 })),
        async (length, counts) => {
          const source = shufflePairs(set(length), 0);
          for (const count of counts) await source.next(count);
          const resumed = shufflePairs(set(length), 0);
          resumed.restore(JSON.parse(JSON.stringify(source.state())));
          expect(await resumed.next(15)).toEqual(await source.next(15));
        },
      ),
      { numRuns: 30 },
    );
  });

  it('refuses a state of other pairs', () => {
    const state = shufflePairs(set(5), 0).state();
    expect(() => shufflePairs(set(6), 0).restore(state)).toThrow(
      'started with 5 pairs and the seed 0, and there are 6',
    );
    expect(() => shufflePairs(set(5), 1).restore(state)).toThrow('the seed 1 here');
    expect(() => shufflePairs(set(5), 0).restore(undefined)).toThrow('does not say which pairs were drawn');
  });
});
