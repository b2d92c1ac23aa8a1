/**
 * Times a training step of two well-known examples on tfjs's backends and in PyTorch.
 *
 *   npm install --prefix benchmarks/examples && npm run engine --prefix benchmarks/examples
 *   node --conditions=@onestep/source --import tsx benchmarks/examples/compare.ts [--examples classifier,transformer] [--rounds 30]
 *     [--slow cpu,wasm] [--threads 2] [--python PYTHON] [--save]
 *
 * The slow backends run only the few steps whose losses are compared; `--slow ''` leaves them out.
 * The second `npm` command builds and installs the engine; repeat it after a change. `--save` writes
 * benchmarks/results/examples.json.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { alternate, summarize, type Timings } from '../timings.js';
import { requireFastBlas, startWorker, type Worker } from '../worker.js';
import { BATCHES, EXAMPLES, writeData, type Example } from './data.js';

/** Steps on the same batches from the same weights, whose losses are compared. */
const SHARED_ROUNDS = 3;
const TOLERANCE = 1e-3;

interface Result extends Timings {
  /** Time of a step relative to the ort backend (medians). */
  times_ort: number;
  /** Largest relative difference of the first losses from those of the first row. */
  difference: number;
}
type Row = Result | { name: string; cannot: string };

/** The result of one worker. */
interface Measurement {
  losses: number[];
  error: string | undefined;
  times: Timings;
}

const { values: options } = parseArgs({
  options: {
    examples: { type: 'string', default: EXAMPLES.join() },
    rounds: { type: 'string', default: '30' },
    slow: { type: 'string', default: 'cpu,wasm' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const threads = Number(options.threads);
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
if (!existsSync(here('node_modules/@onestep/tfjs-backend-ort'))) {
  throw new Error('The examples are not installed: see the commands at the top of benchmarks/examples/compare.ts.');
}

const results: Record<string, Row[]> = {};
const data: Record<string, string> = {};
let pytorch = '';
for (const example of options.examples.split(',') as Example[]) {
  console.log(`\n| ${example} | ms per step | times ort | memory, MB | difference |\n| --- | --- | --- | --- | --- |`);
  results[example] = await compare(example);
  for (const row of results[example]) console.log(formatRow(row));
  console.log(`on ${data[example]}`);
}
if (options.save) {
  const measured = { rounds: Number(options.rounds), data, results };
  saveResult('examples', 'benchmarks/examples/compare.ts', { pytorch, threads }, measured);
}

/** Measures one example: the slow backends one after the other, then ort and PyTorch in turn. */
async function compare(example: Example): Promise<Row[]> {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-example-'));
  data[example] = writeData(example, exchange);
  const settings = (more: object) => JSON.stringify({ example, exchange, threads, batches: BATCHES, ...more });
  const tfjs = (backend: string) => startWorker([process.execPath, here('worker.mjs'), settings({ backend })], threads);
  const slow = options.slow.split(',').filter((name) => name !== '');
  const measured: Measurement[] = [];
  // The first worker writes the weights for the others.
  for (const backend of slow) measured.push(...(await measure([await tfjs(backend)], 0)));
  const fast = [await tfjs('ort'), await startWorker([python, here('peer.py'), settings({})], threads)];
  pytorch = `${fast[1]!.hello.name} with ${requireFastBlas(fast[1]!.hello)}`;
  measured.push(...(await measure(fast, Number(options.rounds))));
  rmSync(exchange, { recursive: true });

  const [first, ort] = [measured.find(({ error }) => error === undefined)!, measured[slow.length]!];
  return measured.map(({ losses, error, times }) => {
    if (error !== undefined) return { name: times.name, cannot: error };
    const difference = Math.max(...losses.map((loss, i) => Math.abs(loss / first.losses[i]! - 1)));
    if (!(difference < TOLERANCE)) throw new Error(`${example}: ${times.name} computes other losses: ${losses}`);
    return { ...times, times_ort: times.median_ms / ort.times.median_ms, difference };
  });
}

/** Runs the shared rounds and then the timed ones (with none, the shared ones are timed), and ends the workers. */
async function measure(workers: Worker[], rounds: number): Promise<Measurement[]> {
  const shared = await alternate(workers, SHARED_ROUNDS);
  const succeeded = shared.every((answers) => answers.every(({ error }) => error === undefined));
  const timed = succeeded && rounds > 0 ? await alternate(workers, rounds) : shared;
  const measured = workers.map((worker, i) => ({
    losses: shared[i]!.map(({ values }) => values[0]!),
    error: shared[i]!.find(({ error }) => error !== undefined)?.error,
    times: summarize(worker, timed[i]!),
  }));
  await Promise.all(workers.map((worker) => worker.end()));
  return measured;
}

function formatRow(row: Row): string {
  if ('cannot' in row) return `| ${row.name} | cannot: ${row.cannot} | | | |`;
  const { median_ms: median, min_ms: least, times_ort: times, peak_mb: memory, difference } = row;
  const figures = [`${median.toFixed(1)} (${least.toFixed(1)})`, times.toFixed(2), memory.toFixed(0)];
  return `| ${row.name} | ${figures.join(' | ')} | ${difference.toExponential(0)} |`;
}
