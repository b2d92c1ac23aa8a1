/**
 * Times a training step and a forward pass here and in PyTorch, alternating, and prints medians, minima and ratios.
 *
 *   node benchmarks/train-step/compare.mjs [--python python3] [--rounds 15] [--threads 2] [--sizes quickstart,mc32-b32]
 *
 * PyTorch: Debian's python3-torch with libopenblas0-pthread, or any other.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '15' },
    threads: { type: 'string', default: '2' },
    sizes: { type: 'string' },
  },
});
const WARM_UP = 3;
const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sizes = JSON.parse(readFileSync(here('sizes.json'), 'utf8'));
const threads = Number(options.threads);
const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

/** A process that does one piece of work for each line it is sent. */
async function start(command, args) {
  const child = spawn(command, args, {
    env: { ...process.env, ONESTEP_THREADS: String(threads) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.on('error', (error) => {
    console.error(`${command} could not be started: ${error.message}`);
    process.exit(1);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value;
  const name = await next();
  const parameters = Number(await next());
  const peakMb = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
  const run = async (work) => {
    child.stdin.write(`${work}\n`);
    return Number(await next());
  };
  return { name, parameters, run, peakMb, end: () => child.stdin.end() };
}

const results = [];
for (const size of options.sizes?.split(',') ?? Object.keys(sizes)) {
  const setting = sizes[size];
  if (setting === undefined) throw new Error(`No size ${size}: choose from ${Object.keys(sizes).join(', ')}.`);
  const argument = JSON.stringify({ ...setting, threads });
  const ours = await start(process.execPath, [
    '--conditions=@onestep/source',
    '--import',
    'tsx',
    here('ours.ts'),
    argument,
  ]);
  const peer = await start(options.python, [here('peer.py'), argument]);
  if (ours.parameters !== peer.parameters)
    throw new Error(`${size}: ${ours.parameters} parameters here, ${peer.parameters} there`);
  for (const work of ['step', 'forward']) {
    const times = { ours: [], peer: [] };
    for (let round = -WARM_UP; round < Number(options.rounds); round++) {
      const [a, b] = [await ours.run(work), await peer.run(work)];
      if (round < 0) continue;
      times.ours.push(a);
      times.peer.push(b);
    }
    const row = {
      size,
      work,
      batch: setting.batch,
      parameters: ours.parameters,
      ours: { name: ours.name, median_ms: median(times.ours), min_ms: Math.min(...times.ours), peak_mb: ours.peakMb() },
      peer: { name: peer.name, median_ms: median(times.peer), min_ms: Math.min(...times.peer), peak_mb: peer.peakMb() },
    };
    row.ratio_of_medians = row.ours.median_ms / row.peer.median_ms;
    row.ratio_of_minima = row.ours.min_ms / row.peer.min_ms;
    results.push(row);
    const ms = ({ median_ms: m, min_ms: least }) => `${m.toFixed(0)} (${least.toFixed(0)}) ms`;
    console.log(
      `${size} ${work}: ${row.ours.name} ${ms(row.ours)}, ${row.peer.name} ${ms(row.peer)}, ` +
        `ratio ${row.ratio_of_medians.toFixed(2)} (${row.ratio_of_minima.toFixed(2)})`,
    );
  }
  ours.end();
  peer.end();
}
mkdirSync(here('../results'), { recursive: true });
const machine = `${cpus().length} x ${cpus()[0].model}, Node ${process.version}, ${threads} threads`;
writeFileSync(
  here('../results/train-step.json'),
  `${JSON.stringify({ machine, rounds: Number(options.rounds), results }, null, 2)}\n`,
);
