import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { DDPMPP, networkCost } from '@onestep/edm';
import { EDM_TRAINING, estimateTraining } from 'onestep';
import { availableMemory } from 'onestep/node';
import { addFurtherWork, type FurtherWork } from '../src/distill/further-cost.js';
import { startEngine } from '../src/engine.js';
import { adviseSampling } from '../src/memory/advise-sampling.js';
import { adviseTraining } from '../src/memory/advise-training.js';
import { createProgram } from '../src/program.js';
import { formatBytes, formatSpan } from '../src/terminal/format.js';
import { writeIdxFiles } from './support/tiny-files.js';

const published = networkCost({ imgResolution: 32, imgChannels: 3, model: { ...DDPMPP, augmentDim: 9 } });
/** A batch that no machine computes at once. */
const BATCH = 2 ** 20;
const work = { ...EDM_TRAINING, network: published, batch: BATCH };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-memory-'));
  await startEngine('ort');
});
afterAll(() => rm(folder, { recursive: true }));

describe('a training that does not fit in memory', () => {
  it('is split into micro-batches that fit and take seconds, where nothing else was asked for', () => {
    const { batchGpu, note, bytes } = adviseTraining(work, 'smaller');
    expect(batchGpu).toBeLessThanOrEqual(4);
    expect(note).toMatch(
      /^--batch-gpu \d was chosen \(about .* GB; .* the training stays the same\): 1048576 images at once/,
    );
    expect(bytes).toBeLessThan(availableMemory().available);
  });

  it('is warned of, with a number that fits, where it was asked for', () => {
    const { batchGpu, note } = adviseTraining({ ...work, batchGpu: BATCH / 2 }, 'smaller');
    expect(batchGpu).toBe(BATCH / 2);
    expect(note).toMatch(/^Warning: 524288 images at once take about .* --batch-gpu \d fits/);
  });

  it('is warned of where not even one image fits, with another way out', () => {
    const huge = { ...published, parameters: 1e13 };
    expect(adviseTraining({ ...work, network: huge }, 'Train less.')).toMatchObject({
      batchGpu: undefined,
      note: expect.stringMatching(/^Warning: .* TB of memory|^Warning: .* GB of memory.*Train less\.$/),
    });
  });

  it('stays as it is where the images at once are a part of it, as with a GAN', () => {
    const { batchGpu, note } = adviseTraining({ ...work, batchGpu: BATCH / 2 }, 'Train less.', 'fixed');
    expect(batchGpu).toBe(BATCH / 2);
    expect(note).toMatch(/^Warning: 524288 images at once take about .* Train less\.$/);
  });

  it('says nothing where all fits', () => {
    expect(adviseTraining({ ...work, batch: 1 }, '')).toMatchObject({ note: null, batchGpu: undefined });
  });
});

it('sampling that does not fit names a batch that does', () => {
  const warning = adviseSampling(published, BATCH, (fits) => `--batch ${fits} fits.`);
  const fits = Number(/--batch (\d+) fits/.exec(warning!)![1]);
  expect(adviseSampling(published, fits, String)).toBeNull();
  expect(adviseSampling(undefined, BATCH, String)).toBeNull();
});

it('edm train --dry-run --preset small tells memory and time, and trains nothing', async () => {
  const lines: string[] = [];
  const spies = (['log', 'error'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation((text: string) => void lines.push(text)),
  );
  const data = join(folder, 'data.zip');
  const program = async (...args: string[]) => (await createProgram(args)).parseAsync(args, { from: 'user' });
  try {
    await program('dataset', 'convert', '--source', await writeIdxFiles(folder, 4), '--dest', data);
    const before = await readdir(folder);
    await program(
      'edm',
      'train',
      '--outdir',
      folder,
      '--data',
      data,
      '--preset',
      'small',
      '--batch',
      '32',
      '--dry-run',
    );
    expect(await readdir(folder)).toEqual(before);
  } finally {
    spies.forEach((spy) => spy.mockRestore());
  }
  expect(lines.find((line) => line.startsWith('Memory:'))).toMatch(
    /^Memory: about \d+ MB of \d.* GB\. Time: about .* for 1000 kimg on this machine/,
  );
  const { command_line: options } = JSON.parse(lines.find((line) => line.startsWith('{'))!) as {
    command_line: Record<string, unknown>;
  };
  // What is typed wins over the preset.
  expect(options).toMatchObject({ cbase: 32, cres: [1, 1, 2, 4], batch: 32, duration: 1 });
  expect(options).not.toHaveProperty('preset');
});

it.each([
  [11, '11 bytes'],
  [7700, '7.7 kB'],
  [640e6, '640 MB'],
  [9.44e9, '9.4 GB'],
  [92.1e9, '92 GB'],
])('formats %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [42, '42 seconds'],
  [200, '3.3 minutes'],
  [14_000, '3.9 hours'],
  [86_400 * 30, '30 days'],
  [86_400 * 365 * 8.2, '8.2 years'],
])('formats %d seconds as %s', (seconds, text) => expect(formatSpan(seconds)).toBe(text));

it('pairs that are learned in addition, and LPIPS, take what they add', () => {
  const network = { parameters: 1e6, activations: 1e6, workspace: 1, multiplications: 1e9 };
  const cost = { networks: 2, trained: 1, activations: 1, passes: 3 };
  const estimate = (work: FurtherWork) => {
    const { activations, weights } = estimateTraining({ ...addFurtherWork(cost, network, work), network, batch: 8 });
    return { activations, weights };
  };
  const alone = estimate({ hasRegression: false, perceptualSide: null });
  expect(estimate({ hasRegression: true, perceptualSide: null }).activations / alone.activations).toBeCloseTo(2, 6);
  // VGG16 on 224x224: 13.5 million results an image, next to the network's million.
  const perceptual = estimate({ hasRegression: false, perceptualSide: 224 });
  expect(perceptual.activations / alone.activations).toBeCloseTo(14.55, 2);
  expect(perceptual.weights - alone.weights).toBeCloseTo(4 * 14.7e6, -3);
});
