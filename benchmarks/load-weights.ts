/**
 * Measures time and memory of loading published weights: a generated pickle of CIFAR-10 DDPM++ size in the published layout
 * (55.7 M parameters), and the safetensors file that `onestep convert` makes of it. Each measurement is a process of its
 * own. "tensors" reads every tensor once, "network" builds the network on the ONNX Runtime engine.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/load-weights.ts [--rounds 5] [--save]
 *
 * `--save` writes benchmarks/results/load-weights.json.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import '@onestep/tfjs-backend-ort';
import { DDPMPP, loadNetwork, PreconditionedNetwork, publishedSnapshot } from '@onestep/edm';
import { openSafetensors, openTorchFile, writeSafetensors } from '@onestep/checkpoint/node';
import * as tf from '@tensorflow/tfjs-core';
import { publishedPickle } from '../test-support/published-pickle.js';
import { saveResult } from './save-result.js';
import { median } from './timings.js';

const SCRIPT = fileURLToPath(import.meta.url);
const MEGABYTE = 1e6;
const WORK = { tensors: readTensors, network: buildNetwork };

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    save: { type: 'boolean', default: false },
    /** In a measuring process: the kind of work, and the file. */
    work: { type: 'string' },
    file: { type: 'string' },
  },
});

interface Measurement {
  seconds: number;
  /** Largest resident size. */
  peakMB: number;
  /** Resident size before loading: Node, the loader of the sources, and the engine. */
  idleMB: number;
}

if (options.work !== undefined)
  console.log(JSON.stringify(await measure(options.work as keyof typeof WORK, options.file!)));
else await main();

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'load-weights-'));
  try {
    const files = await writeFiles(folder);
    const rows = Object.entries(files).flatMap(([kind, file]) =>
      Object.keys(WORK).map((work) => {
        const rounds = Array.from({ length: Number(options.rounds) }, () => measureInProcess(work, file));
        const row = {
          file: kind,
          work,
          fileMB: statSync(file).size / MEGABYTE,
          seconds: median(rounds.map((m) => m.seconds)),
          idleMB: median(rounds.map((m) => m.idleMB)),
          peakMB: median(rounds.map((m) => m.peakMB)),
        };
        console.log(
          `${kind.padEnd(12)} ${work.padEnd(8)} ${row.fileMB.toFixed(0)} MB: ${row.seconds.toFixed(2)} s, ` +
            `${row.peakMB.toFixed(0)} MB resident at most, ${(row.peakMB - row.idleMB).toFixed(0)} MB above idle`,
        );
        return row;
      }),
    );
    if (options.save) saveResult('load-weights', 'benchmarks/load-weights.ts', {}, { rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the pickle and its safetensors file. */
async function writeFiles(folder: string): Promise<Record<string, string>> {
  await tf.setBackend('ort');
  const network = new PreconditionedNetwork(
    { imgResolution: 32, imgChannels: 3, model: { ...DDPMPP, channelMult: [2, 2, 2], augmentDim: 9 } },
    null,
  );
  const tensors = await network.stateDict();
  for (const { data } of Object.values(tensors)) data.forEach((_, i) => (data[i] = Math.sin(i)));
  const { channelMult, augmentDim, ...rest } = network.settings.model as unknown as Record<string, unknown>;
  const initKwargs = {
    img_resolution: 32,
    img_channels: 3,
    model_type: rest.modelType,
    channel_mult: channelMult,
    augment_dim: augmentDim,
  };
  const [pkl, safetensors] = [join(folder, 'network.pkl'), join(folder, 'network.safetensors')];
  writeFileSync(pkl, publishedPickle({ className: 'EDMPrecond', initKwargs, tensors }));
  await writeSafetensors(safetensors, publishedSnapshot(await openTorchFile(pkl), pkl));
  return { '.pkl': pkl, '.safetensors': safetensors };
}

function measureInProcess(work: string, file: string): Measurement {
  const node = [...process.execArgv, SCRIPT, '--work', work, '--file', file];
  const { status, stdout, stderr } = spawnSync(process.execPath, node, { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Measurement;
}

async function measure(work: keyof typeof WORK, file: string): Promise<Measurement> {
  await tf.setBackend('ort');
  await tf.ready();
  const idleMB = process.memoryUsage.rss() / MEGABYTE;
  const start = performance.now();
  await WORK[work](file);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, idleMB, peakMB: (process.resourceUsage().maxRSS * 1024) / MEGABYTE };
}

async function open(file: string) {
  return file.endsWith('.pkl') ? publishedSnapshot(await openTorchFile(file), file) : openSafetensors(file);
}

async function readTensors(file: string): Promise<void> {
  let sum = 0;
  for (const { data } of Object.values((await open(file)).tensors)) sum += Number(data[0]);
  if (Number.isNaN(sum)) throw new Error('The weights differ from those that were written.');
}

async function buildNetwork(file: string): Promise<void> {
  const network = loadNetwork(await open(file), file);
  if (network.parameterCount() !== 55_733_891) throw new Error(`${network.parameterCount()} parameters.`);
}
