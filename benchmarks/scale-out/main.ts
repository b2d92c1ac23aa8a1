/**
 * Measures what several processes gain, and what their exchange costs: the training step of the 32- and the 64-channel network with
 * the same batch in one process with one and two threads, in two with one thread each, and between two hosts made of network
 * namespaces, with links as they are and with limits. Needs Open MPI; the hosts need root.
 *
 *   npm run bench:scale-out [-- --steps 12] [--only mc32-b32] [--no-hosts] [--delayed]
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveResult } from '../save-result.js';
import { median } from '../timings.js';
import { canDelay, makeHosts, type Link } from './hosts.js';
import type { Row } from './measured.js';

const { values: given } = parseArgs({
  options: {
    steps: { type: 'string', default: '12' },
    only: { type: 'string' },
    'no-hosts': { type: 'boolean', default: false },
    delayed: { type: 'boolean', default: false },
  },
});

/** One way to compute a step. */
interface Setup {
  name: string;
  threads: number;
  /** Arguments of mpirun; null without it. */
  mpirun: string[] | null;
  link?: Link;
}

const LINKS: Record<string, Link> = {
  'TCP between two hosts': {},
  '1 Gbit/s': { rate: '1gbit' },
  '1 Gbit/s through a program': { delayed: { seconds: 0, bytes: 1.25e8 } },
  '1 Gbit/s through a program, 1 ms there and back': { delayed: { seconds: 5e-4, bytes: 1.25e8 } },
  '200 Mbit/s': { rate: '200mbit' },
};
const LOCAL: Setup[] = [
  { name: 'one process, one thread', threads: 1, mpirun: null },
  { name: 'one process, two threads', threads: 2, mpirun: null },
  { name: 'two processes, one thread each', threads: 1, mpirun: ['--bind-to', 'core'] },
];
const setups: Setup[] = [
  ...LOCAL,
  ...(given['no-hosts']
    ? []
    : possibleLinks().map(([name, link]) => ({ name: `two processes, ${name}`, threads: 1, mpirun: [], link }))),
];

/** The links to measure: with a delay where that is asked for, and possible. */
function possibleLinks(): [string, Link][] {
  const all = Object.entries(LINKS);
  if (given.delayed && canDelay()) return all;
  if (given.delayed) console.log('Left out: links with a delay, which take /dev/net/tun and python3.');
  return all.filter(([, { delayed }]) => delayed === undefined);
}

const program = [
  '--conditions=@onestep/source',
  '--import',
  import.meta.resolve('tsx'),
  fileURLToPath(new URL('rank.ts', import.meta.url)),
];
const root = fileURLToPath(new URL('../..', import.meta.url));

function measure(setup: Setup, size: string): Row {
  const command = [process.execPath, ...program, size, given.steps];
  const hosts = setup.link === undefined ? null : makeHosts(setup.link);
  try {
    const variables = {
      ONESTEP_THREADS: String(setup.threads),
      OMPI_ALLOW_RUN_AS_ROOT: '1',
      OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
    };
    const exported = ['-x', 'ONESTEP_THREADS'];
    const launch = [...exported, ...(hosts?.args ?? []), ...(setup.mpirun ?? []), '-n', '2', ...command];
    const [file, args] = setup.mpirun === null ? [command[0]!, command.slice(1)] : ['mpirun', launch];
    const options = { cwd: root, env: { ...process.env, ...variables }, encoding: 'utf8' as const };
    const output = execFileSync(file, args, { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
    const line = output.split('\n').find((text) => text.startsWith('{'))!;
    const { batch, bytes, times } = JSON.parse(line) as {
      batch: number;
      bytes: number;
      times: { step: number; exchange: number }[];
    };
    const step = median(times.map((time) => time.step));
    const exchange = median(times.map((time) => time.exchange));
    return { name: setup.name, step, exchange, imagesPerSecond: (batch / step) * 1000, megabytes: bytes / 1e6 };
  } finally {
    hosts?.remove();
  }
}

const results: Record<string, Row[]> = {};
for (const size of given.only?.split(',') ?? ['mc32-b32', 'mc64-b32']) {
  results[size] = [];
  for (const setup of setups) {
    const row = measure(setup, size);
    results[size].push(row);
    const share = ((100 * row.exchange) / row.step).toFixed(1);
    console.log(
      `${size}, ${row.name}: ${row.step.toFixed(0)} ms a step, ${row.imagesPerSecond.toFixed(1)} images/s, ` +
        `exchange of ${row.megabytes.toFixed(1)} MB ${row.exchange.toFixed(1)} ms (${share} %)`,
    );
    saveResult('scale-out', 'benchmarks/scale-out/main.ts', {}, { results });
  }
}
