/**
 * What the fused kernels of the backend `webgpu` save: dispatches, memory and time of a training step or of an iteration of
 * a method, with the kernels and with plain operations of tfjs's, in a process each.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/webgpu/compare.ts [--mode train] [--size quickstart] \
 *       [--batch 2] [--rounds 3] [--save]
 *
 * `--save` writes benchmarks/results/webgpu-MODE.json.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { saveResult } from '../save-result.js';
import { MODES, SIZES } from '../train-step/settings.js';
import type { Measured, Request } from './worker.js';

/** Losses that differ by more are not of the same computation. */
const LOSS_TOLERANCE = 1e-3;

const { values: options } = parseArgs({
  options: {
    mode: { type: 'string', default: 'train' },
    size: { type: 'string', default: 'quickstart' },
    batch: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    save: { type: 'boolean', default: false },
  },
});
const { size } = options;
const mode = MODES.find((known) => known === options.mode);
if (mode === undefined) throw new Error(`No mode ${options.mode}: choose from ${MODES.join(', ')}.`);
if (!(size in SIZES)) throw new Error(`No size ${size}: choose from ${Object.keys(SIZES).join(', ')}.`);
const work = { size, mode, batch: Number(options.batch), rounds: Number(options.rounds) };

const plain = await measured({ ...work, fused: false });
const fused = await measured({ ...work, fused: true });
if (!(Math.abs(plain.loss / fused.loss - 1) < LOSS_TOLERANCE))
  throw new Error(`The losses are ${plain.loss} and ${fused.loss}.`);
console.log(`${fused.description}\n${size}, ${mode}, batch ${work.batch}, ${work.rounds} rounds`);
report('', 'plain', 'fused');
report('dispatches', plain.dispatches, fused.dispatches);
report('median, ms', ...both(({ times_ms: times }) => Math.round(median(times))));
report('best, ms', ...both(({ times_ms: times }) => Math.round(Math.min(...times))));
report('memory of the device, MB', ...both(({ allocated_mb: megabytes }) => Math.round(megabytes)));
console.log('dispatches of single operations');
for (const [name, count] of Object.entries(fused.operations)) report(name, plain.operations[name]!, count);
if (options.save) saveResult(`webgpu-${mode}`, 'benchmarks/webgpu/compare.ts', {}, { ...work, plain, fused });

function both(value: (measured: Measured) => number): [number, number] {
  return [value(plain), value(fused)];
}

function report(name: string, ...values: [string | number, string | number]): void {
  console.log([name.padEnd(42), ...values.map((value) => String(value).padStart(8))].join(''));
}

async function measured(request: Request): Promise<Measured> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const command = [...process.execArgv, worker, JSON.stringify(request)];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
