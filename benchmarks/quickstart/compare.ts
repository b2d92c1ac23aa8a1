/**
 * Compares the quickstart as a whole with a PyTorch script that does the same: loads the teacher and the detector, measures student and
 * teacher, trains by Diff-Instruct with five measurements on the way, writes states, pictures and the student. Wall-clock time of each
 * process.
 *
 *   npm run source -- benchmarks/quickstart/compare.ts [--kimg 4] [--num 2000] [--peers eager,channels_last] [--threads 2]
 *     [--python PYTHON] [--save]
 *
 * Each side draws its own numbers, so FIDs agree only within their spread: FIDs that differ by a factor of two end the comparison. The HTML
 * report is ours alone. The peers are those of `npm run setup:peers`. `--save` writes benchmarks/results/quickstart.json.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openSafetensors } from '@onestep/checkpoint/node';
import { diffInstruct } from '@onestep/diff-instruct';
import { loadNetwork } from '@onestep/edm';
import '@tensorflow/tfjs-backend-cpu';
import { peerPython } from '../peer-python.js';
import { saveResult } from '../save-result.js';
import { chooseNames, TORCH_PEERS } from '../torch-peers.js';
import { DISTILLATION, SIZES } from '../train-step/settings.js';
import { NODE } from '../worker.js';
import { quickstartTable, type QuickstartSide } from './table.js';

const { values: options } = parseArgs({
  options: {
    kimg: { type: 'string', default: '4' },
    num: { type: 'string', default: '2000' },
    peers: { type: 'string', default: 'eager,channels_last' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const [kimg, num, threads] = [options.kimg, options.num, options.threads].map(Number) as [number, number, number];
// The training is a part of the whole, and short: what compiles would take longer than it saves.
const peers = chooseNames('peer', options.peers, ['eager', 'channels_last']);
const python = peerPython(options.python);
const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const TEACHER = here('../../packages/onestep/assets/fashion-mnist-teacher.safetensors');
const PRESET = diffInstruct.settle(diffInstruct.presets.quickstart!.options);

const folder = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
try {
  const run = join(folder, 'ours');
  const cli = [here('../../apps/cli/src/main.ts'), 'quickstart', '--outdir', run];
  const ours = start([...NODE, ...cli, '--kimg', String(kimg), '--num', String(num)]);
  const summary = JSON.parse(readFileSync(join(run, 'summary.json'), 'utf8')) as QuickstartSide;
  const sides: Record<string, QuickstartSide> = {};
  let pytorch = '';
  // What the CLI calls the parameters of the teacher, in the order of PyTorch's.
  const network = loadNetwork(await openSafetensors(TEACHER), TEACHER);
  const names = [...network.namedParameters()].map(([name]) => name);
  for (const peer of peers) {
    const exchange = join(folder, peer);
    mkdirSync(exchange);
    writeFileSync(join(exchange, 'draws.f32'), '');
    const settings = {
      ...SIZES.quickstart!,
      batch: PRESET.batch,
      mode: 'diff-instruct',
      threads,
      exchange,
      torch: TORCH_PEERS[peer],
    };
    const distillation = { 'diff-instruct': { ...DISTILLATION['diff-instruct'], init_sigma: PRESET.initSigma } };
    const more = { distillation, options: PRESET, teacher: TEACHER, names, kimg, num };
    const { seconds, output } = start([python, here('peer.py'), JSON.stringify({ ...settings, ...more })]);
    const { name, ...side } = JSON.parse(output) as QuickstartSide & { name: string };
    sides[peer] = { ...side, wall_s: seconds };
    pytorch = name;
  }
  const { training_seconds, images_per_second, fid } = summary;
  const result = { kimg, num, ours: { wall_s: ours.seconds, training_seconds, images_per_second, fid }, peers: sides };
  console.log(`${pytorch}\n${kimg} kimg, FIDs of ${num} images\n\n${quickstartTable(result)}`);
  for (const [peer, side] of Object.entries(sides)) {
    for (const key of ['teacher', 'student_before', 'student_after'] as const) {
      const ratio = fid[key] / side.fid[key];
      if (!(ratio > 0.5 && ratio < 2))
        throw new Error(`${peer}: not the same work, FID ${side.fid[key]} for our ${fid[key]}.`);
    }
  }
  if (options.save) saveResult('quickstart', 'benchmarks/quickstart/compare.ts', { pytorch, threads }, result);
} finally {
  rmSync(folder, { recursive: true });
}

/** Runs a command to its end. @throws Error if it fails; what it said is on standard error */
function start([program, ...args]: readonly string[]): { seconds: number; output: string } {
  const variables = ['ONESTEP_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
  const env = { ...process.env, ...Object.fromEntries(variables.map((name) => [name, String(threads)])) };
  const started = performance.now();
  const { status, stdout } = spawnSync(program!, args, { encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
  if (status !== 0) throw new Error(`${program} ${args.slice(0, 3).join(' ').slice(0, 200)} failed.`);
  return { seconds: (performance.now() - started) / 1000, output: stdout };
}
