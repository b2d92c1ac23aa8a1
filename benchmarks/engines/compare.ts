/**
 * Times the quickstart's network on each engine and in PyTorch: a training step, and one evaluation without gradients, the
 * cost of one-step generation.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/engines/compare.ts [--engines ort,wasm,wasm-plain,cpu] [--batch 16] [--rounds 5]
 *     [--threads 2] [--python PYTHON] [--save]
 *
 * Any engine that `@onestep/backends` starts may be listed, `tensorflow` too. `wasm-plain` is tfjs's wasm backend without the kernels
 * that `@onestep/backends` adds. All start from the same weights, and their first losses (or mean squares of the output) have to agree.
 * PyTorch is that of `npm run setup:peers`. `--save` writes benchmarks/results/engines.json.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { relativeDifference } from '../relative-difference.js';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { alternate, summarize, type Timings } from '../timings.js';
import { DISTILLATION, SIZES, type Mode, type WorkSettings } from '../train-step/settings.js';
import { NODE, requireFastBlas, startWorker, type Worker } from '../worker.js';

const TOLERANCE = 1e-3;
/** Engines that run a single round, because one takes as long as many of the others. */
const SLOW = ['cpu', 'webgpu'];

/** The times of one engine, or why it failed. */
type Row = { mode: Mode; engine: string } & (
  { times: Timings; images_per_second: number; pytorch_over_this: number; difference: number } | { cannot: string }
);

const { values: options } = parseArgs({
  options: {
    engines: { type: 'string', default: 'ort,wasm,wasm-plain,cpu' },
    batch: { type: 'string', default: '16' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [batch, rounds, threads] = [Number(options.batch), Number(options.rounds), Number(options.threads)];
const engines = options.engines.split(',') as NonNullable<WorkSettings['backend']>[];
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const results: Row[] = [];
let pytorch = '';
console.log('| | engine | ms, median (best) | images/s | speed of PyTorch | difference |');
console.log('| --- | --- | --- | --- | --- | --- |');
for (const mode of ['train', 'forward'] as const) await measure(mode);
if (options.save) {
  saveResult('engines', 'benchmarks/engines/compare.ts', { pytorch, threads }, { batch, rounds, results });
}

/** Measures all engines in one mode, the fast ones in turn with PyTorch. */
async function measure(mode: Mode): Promise<void> {
  const folders = engines.map(() => mkdtempSync(join(tmpdir(), 'onestep-benchmark-')));
  const settings = (i: number): WorkSettings => ({
    ...SIZES.quickstart!,
    batch,
    mode,
    threads,
    backend: engines[i],
    exchange: folders[i]!,
    distillation: DISTILLATION,
  });
  const start = (i: number) =>
    startWorker([...NODE, here('../train-step/ours.ts'), JSON.stringify(settings(i))], threads);
  const ours: Worker[] = [];
  for (const i of engines.keys()) ours.push(await start(i));
  const peer = await startWorker([python, here('../train-step/peer.py'), JSON.stringify(settings(0))], threads);
  for (const folder of folders) rmSync(folder, { recursive: true });
  pytorch = `${peer.hello.name} with ${requireFastBlas(peer.hello)}`;

  const workers = [peer, ...ours];
  const names = ['PyTorch', ...engines];
  const first = (await alternate(workers, 1)).map(([answer]) => answer!);
  const working = [...workers.keys()].filter((i) => first[i]!.error === undefined);
  const isFast = (i: number) => !SLOW.includes(names[i]!);
  const fast = working.filter(isFast);
  const answers = await alternate(
    fast.map((i) => workers[i]!),
    rounds,
  );
  for (const i of working.filter((candidate) => !isFast(candidate))) {
    fast.push(i);
    answers.push(...(await alternate([workers[i]!], 1)));
  }
  const times = new Map(fast.map((i, k) => [i, summarize(workers[i]!, answers[k]!)]));
  for (const i of workers.keys()) {
    const time = times.get(i);
    const engine = names[i]!;
    if (time === undefined) results.push({ mode, engine, cannot: first[i]!.error! });
    else {
      const difference = relativeDifference(first[i]!.values, first[0]!.values);
      if (!(difference < TOLERANCE)) throw new Error(`${mode}, ${engine}: not the same work, off by ${difference}`);
      results.push({
        mode,
        engine,
        times: time,
        images_per_second: (batch * 1000) / time.median_ms,
        pytorch_over_this: times.get(0)!.median_ms / time.median_ms,
        difference,
      });
    }
    console.log(formatRow(results.at(-1)!));
  }
  await Promise.all(workers.map((worker) => worker.end()));
}

function formatRow(row: Row): string {
  if ('cannot' in row) return `| ${row.mode} | ${row.engine} | cannot: ${row.cannot} | | | |`;
  const { mode, engine, times, images_per_second: rate, pytorch_over_this: speed, difference } = row;
  const ms = `${times.median_ms.toFixed(0)} (${times.min_ms.toFixed(0)})`;
  return `| ${mode} | ${engine} | ${ms} | ${rate.toFixed(1)} | ${speed.toPrecision(2)} | ${difference.toExponential(0)} |`;
}
