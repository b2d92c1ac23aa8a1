/**
 * Compares training steps, forward passes and iterations of each distillation method on an engine with PyTorch: medians,
 * minima, memory and ratios, in alternating rounds.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/train-step/compare.ts [--sizes quickstart,mc32-b32]
 *     [--mode train,forward,sid,diff-instruct,boot] [--rounds 15] [--threads 2] [--python /usr/bin/python3]
 *     [--backend ort] [--device cpu] [--precision fp32] [--ceiling] [--save]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread; `--device cuda` and `--precision tf32` or `bf16` are for PyTorch, and
 * `--backend` is the engine. On a GPU, `npm run gpu-check` times the first two modes on all engines. `--ceiling` first measures the rates that the
 * machine can reach, and prints the share of them. `--save` writes benchmarks/results/train-step/MODE.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';
import { saveResult } from '../save-result.js';
import { alternate, summarize, type Timings } from '../timings.js';
import { NODE, requireFastBlas, startWorker, type Answer } from '../worker.js';
import { formatCeiling, measureCeiling } from './ceiling.js';
import { flops } from './flops.js';
import {
  DISTILLATION,
  MODES,
  SHARED_ROUNDS,
  SIZES,
  type Mode,
  type TorchSettings,
  type WorkSettings,
} from './settings.js';

/**
 * Largest accepted difference of the first losses, relative to the largest loss of its kind in the shared rounds, by PyTorch's
 * precision.
 */
const TOLERANCE = { fp32: 1e-3, tf32: 1e-2, bf16: 0.1 } as const;

interface Row {
  size: string;
  mode: Mode;
  batch: number;
  parameters: number;
  /**
   * Difference of the losses (forward: of the mean square of the output) in each shared round, relative to the largest
   * loss of its kind in these rounds, because the generator's loss fluctuates around zero.
   */
  differences: number[];
  ours: Timings;
  peer: Timings;
  ratio_of_medians: number;
  ratio_of_minima: number;
  ratio_of_memory: number;
  /** Operations of the convolutions and matrix products in one piece of work, GFLOP. */
  gflop: number;
  /** Share of the ceiling that the medians reach; null if it was not measured. */
  shares: { ours: number; peer: number } | null;
}

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: Object.keys(SIZES).join() },
    mode: { type: 'string', default: MODES.join() },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: '/usr/bin/python3' },
    backend: { type: 'string', default: 'ort' },
    device: { type: 'string', default: 'cpu' },
    precision: { type: 'string', default: 'fp32' },
    ceiling: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const [rounds, threads] = [Number(options.rounds), Number(options.threads)];
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const sizes = choose('size', options.sizes, Object.keys(SIZES));
const modes = choose('mode', options.mode, MODES) as Mode[];
const backend = choose('backend', options.backend, BACKEND_NAMES)[0] as BackendName;
const torch = {
  device: choose('device', options.device, ['cpu', 'cuda'])[0],
  precision: choose('precision', options.precision, ['fp32', 'tf32', 'bf16'])[0],
} as TorchSettings;

const ceiling = options.ceiling ? await measureCeiling(options.python, threads) : null;
if (ceiling !== null) console.log(formatCeiling(ceiling));
const results: Row[] = [];
const versions = new Set<string>();
console.log('| size | mode | ours, ms | PyTorch, ms | ratio | memory, MB | ratio | GFLOP/s (share) | difference |');
console.log('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
for (const mode of modes) {
  for (const size of sizes) {
    const row = await compare(size, mode);
    results.push(row);
    console.log(formatRow(row));
  }
}
if (options.save) {
  for (const mode of modes) {
    const measured = { ceiling, rounds, results: results.filter((row) => row.mode === mode) };
    const where = { backend, pytorch: [...versions].join(), ...torch, threads };
    saveResult(`train-step/${mode}`, 'benchmarks/train-step/compare.ts', where, measured);
  }
}

/** Compares one size in one mode, in two new processes. */
async function compare(size: string, mode: Mode): Promise<Row> {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  const settings: WorkSettings = {
    ...SIZES[size]!,
    ...{ mode, backend, torch, threads, exchange },
    distillation: DISTILLATION,
  };
  const argument = JSON.stringify(settings);
  const ours = await startWorker([...NODE, here('ours.ts'), argument], threads);
  const peer = await startWorker([options.python, here('peer.py'), argument], threads);
  rmSync(exchange, { recursive: true });
  versions.add(`${peer.hello.name} ${torch.device === 'cuda' ? 'on CUDA' : `with ${requireFastBlas(peer.hello)}`}`);
  if (ours.hello.parameters !== peer.hello.parameters) {
    throw new Error(`${size}: ${ours.hello.parameters} parameters here, ${peer.hello.parameters} there`);
  }
  const shared = await alternate([ours, peer], SHARED_ROUNDS);
  const differences = relativeDifferences(shared as [Answer[], Answer[]]);
  if (!(differences[0]! < TOLERANCE[torch.precision!])) {
    throw new Error(`${size} ${mode}: not the same work, ${JSON.stringify(shared.map((s) => s.map((a) => a.values)))}`);
  }
  const [oursTimes, peerTimes] = await alternate([ours, peer], rounds);
  const [a, b] = [summarize(ours, oursTimes!), summarize(peer, peerTimes!)];
  await Promise.all([ours.end(), peer.end()]);
  const gflop = flops(settings, mode) / 1e9;
  const share = ({ median_ms: ms }: Timings) => (gflop * 1000) / ms / ceiling!.gflops;
  return {
    size,
    mode,
    batch: settings.batch,
    parameters: ours.hello.parameters,
    differences,
    ours: a,
    peer: b,
    ratio_of_medians: a.median_ms / b.median_ms,
    ratio_of_minima: a.min_ms / b.min_ms,
    ratio_of_memory: a.peak_mb / b.peak_mb,
    gflop,
    shares: ceiling === null ? null : { ours: share(a), peer: share(b) },
  };
}

/** Formats a line of the table: medians, with minima in brackets. */
function formatRow({ size, mode, ours, peer, ...row }: Row): string {
  const ms = ({ median_ms: median, min_ms: least }: Timings) => `${median.toFixed(0)} (${least.toFixed(0)})`;
  const ratio = `${row.ratio_of_medians.toFixed(2)} (${row.ratio_of_minima.toFixed(2)})`;
  const memory = `${ours.peak_mb.toFixed(0)}, ${peer.peak_mb.toFixed(0)} | ${row.ratio_of_memory.toFixed(2)}`;
  const differences = row.differences.map((value) => value.toExponential(0)).join(' ');
  const rates = [ours, peer].map(({ median_ms }) => ((row.gflop * 1000) / median_ms).toFixed(0));
  const shares = row.shares && [row.shares.ours, row.shares.peer].map((share) => `${(share * 100).toFixed(0)} %`);
  const speed = rates.map((rate, i) => (shares === null ? rate : `${rate} (${shares[i]})`)).join(', ');
  return `| ${size} | ${mode} | ${ms(ours)} | ${ms(peer)} | ${ratio} | ${memory} | ${speed} | ${differences} |`;
}

function relativeDifferences([ours, peer]: [Answer[], Answer[]]): number[] {
  const scale = peer[0]!.values.map((_, k) => Math.max(...peer.map(({ values }) => Math.abs(values[k]!))));
  const difference = (i: number, k: number) => Math.abs(ours[i]!.values[k]! - peer[i]!.values[k]!) / scale[k]!;
  return ours.map((_, i) => Math.max(...scale.map((_, k) => difference(i, k))));
}

function choose(what: string, given: string, known: readonly string[]): string[] {
  const chosen = given.split(',');
  const unknown = chosen.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`Unknown ${what} ${unknown}. Available: ${known.join(', ')}.`);
  return chosen;
}
