import { join } from 'node:path';
import { decodeSafetensors, encodeSafetensors, encodeTorchFile, OrderedDict, parseJson } from '@onestep/checkpoint';
import { fileSource, readRegularFile } from '@onestep/checkpoint/node';
import { describeGenerator, networkMetadata, type PairBatch } from '@onestep/diffusion-core';
import { openPairs, reconstructEma, RunDirectory } from '@onestep/diffusion-core/node';
import { Lpips, parseEncoderSettings } from '@onestep/metrics';
import { loadGenerator } from 'onestep';
import { readCheckpoint } from 'onestep/node';
import { FigureStore } from '../../../apps/cli/src/compare/cells/figure-store.js';
import { readTraining } from '../../../apps/cli/src/compare/cells/training-record.js';
import { emaMetadata } from '../../../packages/diffusion-core/src/ema/ema-history.js';
import { settingsDigest, type PairSettings } from '../../../packages/diffusion-core/src/node/pairs/pair-index.js';
import { encodeShard } from '../../../packages/diffusion-core/src/node/pairs/pair-shard.js';
import { vgg16FeatureShapes } from '../../../packages/metrics/src/vgg16/vgg16-features.js';
import { smallNetworkFiles } from '../../../packages/edm/test/support/hostile-networks.js';
import type { HostileKind } from '../hostile-kind.js';

const text = (value: unknown) => Buffer.from(JSON.stringify(value));

/** What trainings and comparisons leave and read again, and what they learn from besides data sets. */
export async function trainingKinds(): Promise<HostileKind[]> {
  return [...(await studentKinds()), ...pairKinds(), ...emaKinds(), ...weightKinds(), ...recordKinds()];
}

/** Opens a folder of pairs, and reads them all. */
export function readPairFolder(path: string): Promise<void> {
  const pairs = openPairs(path);
  return pairs.read(Array.from({ length: pairs.length }, (_, i) => i)).then(() => undefined);
}

/** Reconstructs an average of another length from the snapshots of a folder. */
export async function readAverages(path: string, folder: string): Promise<void> {
  await reconstructEma({
    sources: [path],
    length: { halfLifeKimg: 0.01, rampUpRatio: null },
    dest: join(folder, 'ema.safetensors'),
  });
}

/** Students whose files hold settings of their methods. */
async function studentKinds(): Promise<HostileKind[]> {
  const { safetensors } = await smallNetworkFiles();
  const { tensors, metadata } = decodeSafetensors(safetensors);
  const settings = parseJson(metadata.onestep!) as Record<string, unknown>;
  const records = {
    cd: { method: 'cd', initSigma: 80, boundary: 0.002 },
    tcm: { method: 'tcm', initSigma: 80, transition: 1 },
    tract: { method: 'tract', initSigma: 80, gridPoints: 1 },
    scm: { method: 'scm', initSigma: 80, boundary: 0, useCd: true },
  };
  return Object.entries(records).map(([name, record]) => ({
    name: `student: ${name}`,
    files: {
      student: encodeSafetensors({ tensors, metadata: networkMetadata(describeGenerator(settings, record)) }),
    },
    target: 'student',
    entry: 'student',
    async read(path) {
      (await loadGenerator(path)).dispose();
    },
  }));
}

function pairKinds(): HostileKind[] {
  const settings: PairSettings = {
    teacher: { name: 'a', digest: null },
    ...{ imgResolution: 2, imgChannels: 3, labelDim: 2, labels: null },
    ...{ sampler: { steps: 18 }, dtype: 'float32' },
  };
  const [count, shard, pixels] = [3, 2, 12];
  const batch = (length: number): PairBatch => ({
    noise: new Float32Array(length * pixels),
    images: new Float32Array(length * pixels),
    labels: Float32Array.from({ length: 2 * length }, (_, i) => (i + 1) % 2),
    count: length,
  });
  const digest = settingsDigest(settings);
  const files = {
    'pairs.json': text({ format: 'onestep pairs 1', ...settings, count, shard, seeds: [[0, 2]] }),
    'pairs-00000.safetensors': encodeSafetensors(encodeShard(batch(2), [0, 1], settings, digest)),
    'pairs-00001.safetensors': encodeSafetensors(encodeShard(batch(1), [2], settings, digest)),
  };
  return ['pairs.json', 'pairs-00000.safetensors'].map((target) => ({
    name: `pairs: ${target}`,
    files,
    target,
    entry: '.',
    read: readPairFolder,
  }));
}

/** A snapshot with a record of its average. */
export function averagedSnapshot(images: number, history: object[] = [{ from: 0, batch: 1, length: LENGTH }]) {
  const tensors = { 'net.weight': { shape: [4], data: new Float32Array(4).fill(images) } };
  return encodeSafetensors({ tensors, metadata: emaMetadata({ images, seed: 1, history: history as never }) });
}
const LENGTH = { halfLifeKimg: 0.01, rampUpRatio: null };

function emaKinds(): HostileKind[] {
  const files = {
    'network-snapshot-000000.safetensors': averagedSnapshot(40),
    'network-snapshot-000001.safetensors': averagedSnapshot(80),
  };
  const target = 'network-snapshot-000001.safetensors';
  return [{ name: 'averages of a run', files, target, entry: '.', read: readAverages }];
}

/** Weights and settings of networks that compare pictures. */
function weightKinds(): HostileKind[] {
  const channels = [1, 1, 1, 1, 1] as const;
  const shapes = vgg16FeatureShapes(channels);
  channels.forEach((_, i) => shapes.set(`lin${i}.model.1.weight`, [1, 1, 1, 1]));
  const tensors = [...shapes].map(([name, shape]) => {
    const data = new Float32Array(shape.reduce((a, b) => a * b, 1));
    return [name, { shape, data }] as [string, never];
  });
  const encoder = {
    ...{ name: 'averages', input: 6, mean: [0.5, 0.25, 0], std: [0.5, 0.25, 1], resize: 'pillow-bicubic' },
    ...{ fit: 'stretch', layout: 'NCHW', output: null },
  };
  return [
    {
      name: 'weights of LPIPS',
      files: { 'vgg.pth': encodeTorchFile(new OrderedDict(tensors)) },
      target: 'vgg.pth',
      entry: 'vgg.pth',
      async read(path) {
        new Lpips(readCheckpoint(fileSource(path)).tensors, path, { channels }).dispose();
      },
    },
    {
      name: 'settings of an encoder',
      files: { 'encoder.json': text(encoder) },
      target: 'encoder.json',
      entry: 'encoder.json',
      async read(path) {
        parseEncoderSettings(parseSettings(path), path);
      },
    },
  ];
}

function parseSettings(path: string): unknown {
  try {
    return parseJson(readRegularFile(path).toString('utf8'));
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}.`, { cause: error });
  }
}

/** Statistics of a run, and figures of a comparison. */
function recordKinds(): HostileKind[] {
  const tick = (kimg: number) => ({
    'Progress/kimg': { num: 1, mean: kimg, std: 0 },
    'Timing/sec_per_tick': { num: 1, mean: 1, std: 0 },
    timestamp: 1,
  });
  const stats = Buffer.concat([text(tick(1)), Buffer.from('\n'), text(tick(2)), Buffer.from('\n')]);
  const options = text({ command: 'distill sid', command_line: { duration: 0.002 } });
  const figures = text({ digests: { teacher: 'sha256:0' }, num: 10, figures: { a: { fid: 1, is: null } } });
  return [
    {
      name: 'run folder: statistics',
      files: { 'stats.jsonl': stats, 'training_options.json': options },
      target: 'stats.jsonl',
      entry: '.',
      read: readStatisticsOfRun,
    },
    {
      name: 'comparison: figures',
      files: { 'measurements.json': figures },
      target: 'measurements.json',
      entry: 'measurements.json',
      async read(path) {
        (await FigureStore.open(path, { digests: { teacher: 'sha256:0' }, num: 10 })).get('a');
      },
    },
  ];
}

/** Reads the statistics of a run as a comparison does, and as a run that goes on. */
export async function readStatisticsOfRun(path: string): Promise<void> {
  await readTraining(path);
  const run = await RunDirectory.open({ path, options: { command: 'distill sid', command_line: { duration: 0.002 } } });
  try {
    await run.readStats();
  } finally {
    run.close();
  }
}
