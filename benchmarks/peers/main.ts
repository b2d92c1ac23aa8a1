/**
 * Measures everything that is compared with PyTorch and SciPy, part by part, and writes the tables and figures of
 * benchmarks/README.md.
 *
 *   npm run setup:peers
 *   npm run bench:peers -- --list                 the parts, how long they take, and which are there
 *   npm run bench:peers -- --warm                 lets PyTorch compile what it will need, which takes long and is kept
 *   npm run bench:peers -- [--only train,latency] [--threads 2] [--save]
 *   npm run bench:peers -- --only jax [--save]    next to JAX, after npm run setup:peers -- --jax
 *   npm run bench:peers -- --tables               writes the tables of benchmarks/README.md from benchmarks/results
 *
 * Run it on an idle machine. What was measured is kept in runs/bench-peers (`--out`): the same command goes on where it was stopped;
 * `--fresh` begins anew. `--only` takes beginnings of names. `--save` copies the results to benchmarks/results and writes the tables.
 * `--short` shows in minutes that every part runs, with numbers that say nothing; it keeps them in a folder of its own.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { jaxPython, peerPython } from '../peer-python.js';
import { RESULTS } from '../save-result.js';
import { NODE } from '../worker.js';
import { PEER_ROWS, type PeerRow } from './rows.js';
import { writePeerTables } from './write-tables.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Peers that PyTorch compiles. */
const COMPILED = 'compile,compile-bf16';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    threads: { type: 'string', default: '2' },
    out: { type: 'string' },
    python: { type: 'string' },
    list: { type: 'boolean', default: false },
    warm: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
    fresh: { type: 'boolean', default: false },
    tables: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});
const out = options.out ?? join(ROOT, 'runs', options.short ? 'bench-peers-short' : 'bench-peers');
const rows = chooseRows(options.only);
const failures: string[] = [];

// Before any work: each script looks for it again.
if (!options.tables && !options.list) {
  peerPython(options.python);
  if (rows.some(({ hasJax }) => hasJax)) jaxPython();
}

if (options.fresh) rmSync(out, { recursive: true, force: true });
if (options.list) list();
else if (options.warm) rows.filter(({ compiles }) => compiles).forEach(warm);
else if (!options.tables) rows.filter((row) => !isDone(row)).forEach(measure);

if (options.save && !options.short && !options.warm) {
  for (const file of rows.filter(isDone).flatMap(({ results }) => results.map((name) => `${name}.json`))) {
    cpSync(join(out, file), join(RESULTS, file), { recursive: true });
  }
}
if (options.tables || (options.save && !options.short && !options.warm)) writePeerTables();
if (failures.length > 0) console.error(`Failed: ${failures.join(', ')}. The same command tries them again.`);
process.exitCode = failures.length === 0 ? 0 : 1;

function chooseRows(only: string): PeerRow[] {
  const starts = only.split(',');
  const unknown = starts.find((start) => !PEER_ROWS.some(({ name }) => name.startsWith(start)));
  if (unknown !== undefined) {
    throw new Error(
      `--only: no part begins with ${unknown}. There are ${PEER_ROWS.map(({ name }) => name).join(', ')}.`,
    );
  }
  return PEER_ROWS.filter(({ name, hasJax = false }) =>
    starts.some((start) => name.startsWith(start) && !(hasJax && start === '')),
  );
}

function isDone({ results }: PeerRow): boolean {
  return results.every((name) => existsSync(join(out, `${name}.json`)));
}

function list(): void {
  for (const row of rows) console.log(`${isDone(row) ? 'there  ' : 'missing'} ${row.name}: ${row.minutes} min`);
  const left = rows.filter((row) => !isDone(row)).reduce((sum, { minutes }) => sum + minutes, 0);
  console.log(`about ${left.toFixed(0)} minutes left on two idle processors`);
}

/** Runs the compiled peers once, so that PyTorch's cache has what they need. */
function warm({ name, script, args }: PeerRow): void {
  const given = args.includes('--peers') ? ['compile'] : [COMPILED];
  run(`${name}, compiling`, script, [...args, '--rounds', '0', '--peers', ...given]);
}

function measure({ name, script, args, short }: PeerRow): void {
  run(name, script, [...(options.short ? short : args), '--save']);
}

/** Runs a script, and says how it went. One that fails does not stop the others. */
function run(name: string, script: string, args: readonly string[]): void {
  const started = performance.now();
  console.log(`\n## ${name} (load ${loadavg()[0]!.toFixed(1)})\n`);
  // These two have no such option: the distance takes one thread.
  const threads = ['fid/compare.ts', 'dataset/compare.ts'].includes(script) ? [] : ['--threads', options.threads];
  const interpreter = options.python === undefined ? [] : ['--python', options.python];
  const [node, ...before] = NODE;
  const { status } = spawnSync(node, [...before, join('benchmarks', script), ...args, ...threads, ...interpreter], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ONESTEP_BENCHMARK_RESULTS: out },
  });
  if (status !== 0) failures.push(name);
  console.log(
    `\n${name}: ${status === 0 ? 'done' : 'failed'} after ${((performance.now() - started) / 1000).toFixed(0)} s`,
  );
}
