/**
 * Measures time and memory of loading published weights: a generated pickle of CIFAR-10 DDPM++ size in the published layout
 * (55.7 M parameters), and the safetensors file that `onestep convert` makes of it; and of PyTorch, which reads the same
 * tensors from a state dict (`.pth`, because the pickle needs the published code) and from the safetensors file. Each measurement is
 * a process of its own. "tensors" reads every tensor once, "network" builds the network (ours on the ONNX Runtime engine).
 *
 *   npm run source -- benchmarks/load-weights/compare.ts [--rounds 5] [--threads 2] [--python PYTHON] [--save]
 *
 * The peer is that of `npm run setup:peers`. `--save` writes benchmarks/results/load-weights.json.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import '@onestep/tfjs-backend-ort';
import { DDPMPP, loadNetwork, PreconditionedNetwork, publishedSnapshot } from '@onestep/edm';
import { safetensorsToTorch } from '@onestep/checkpoint';
import { openSafetensors, openTorchFile, writeSafetensors, writeTorchFile } from '@onestep/checkpoint/node';
import * as tf from '@tensorflow/tfjs-core';
import { publishedPickle } from '../../test-support/published-pickle.js';
import { saveResult } from '../save-result.js';
import { median } from '../timings.js';
import { peerPython } from '../peer-python.js';
import { loadTable, type LoadRow } from './table.js';

const SCRIPT = fileURLToPath(import.meta.url);
const PEER = fileURLToPath(new URL('peer.py', import.meta.url));
const MEGABYTE = 1e6;
const WORK = { tensors: readTensors, network: buildNetwork };

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
    /** In a measuring process: the kind of work, and the file. */
    work: { type: 'string' },
    file: { type: 'string' },
  },
});

interface Measurement {
  /** The program, where it says so. */
  name?: string;
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
  const python = peerPython(options.python);
  const folder = mkdtempSync(join(tmpdir(), 'load-weights-'));
  try {
    const { files, names } = await writeFiles(folder);
    const ours = (work: string, file: string) => [
      ...[process.execPath, ...process.execArgv, SCRIPT, '--work', work, '--file', file],
    ];
    const peer = (work: string, file: string) => [python, PEER, work, file, names];
    const rows: LoadRow[] = [];
    let pytorch = '';
    for (const work of Object.keys(WORK)) {
      const sides = [
        ['onestep', '.pkl', ours],
        ['PyTorch', '.pth', peer],
        ['onestep', '.safetensors', ours],
        ['PyTorch', '.safetensors', peer],
      ] as const;
      const measured = sides.map((): Measurement[] => []);
      for (let round = 0; round < Number(options.rounds); round++) {
        const order = [...sides.keys()];
        for (const i of round % 2 === 0 ? order : order.reverse()) {
          const [, kind, command] = sides[i]!;
          measured[i]!.push(measureInProcess(command(work, files[kind])));
        }
      }
      for (const [i, [side, kind]] of sides.entries()) {
        const of = (key: 'seconds' | 'idleMB' | 'peakMB') => measured[i]!.map((one) => one[key]);
        rows.push({
          ...{ side, file: kind, work, fileMB: statSync(files[kind]).size / MEGABYTE },
          ...{ seconds: median(of('seconds')), min_seconds: Math.min(...of('seconds')) },
          ...{ idleMB: median(of('idleMB')), peakMB: median(of('peakMB')) },
        });
        pytorch = measured[i]![0]!.name ?? pytorch;
      }
    }
    console.log(`${pytorch}\n\n${loadTable(rows)}`);
    const where = { pytorch, threads: Number(options.threads) };
    if (options.save) saveResult('load-weights', 'benchmarks/load-weights/compare.ts', where, { rows });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Writes the pickle, its safetensors file, the state dict, and the names of the parameters in the order of PyTorch's network. */
async function writeFiles(folder: string) {
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
  const [pth, names] = [join(folder, 'network.pth'), join(folder, 'names.json')];
  await writeTorchFile(pth, safetensorsToTorch({ tensors, metadata: {} }));
  // PyTorch's network has no input for augmentations.
  const ordered = [...network.namedParameters()].map(([name]) => name).filter((name) => !name.includes('map_augment'));
  writeFileSync(names, JSON.stringify(ordered));
  return { files: { '.pkl': pkl, '.pth': pth, '.safetensors': safetensors }, names };
}

function measureInProcess([program, ...args]: readonly string[]): Measurement {
  const variables = ['ONESTEP_THREADS', 'OMP_NUM_THREADS', 'MKL_NUM_THREADS'];
  const env = { ...process.env, ...Object.fromEntries(variables.map((name) => [name, options.threads])) };
  const { status, stdout, stderr } = spawnSync(program!, args, { encoding: 'utf8', env });
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
