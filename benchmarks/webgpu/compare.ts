/**
 * Measures what the fused kernels of the backend `webgpu` save: dispatches, memory and time of a training step or of an
 * iteration of a method, with the kernels and with plain tfjs operations, each in a process of its own.
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
import { median } from '../timings.js';
import type { Measurement, Request } from './worker.js';

/** Largest accepted relative difference of the losses. */
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
if (mode === undefined) throw new Error(`Unknown mode ${options.mode}. Available: ${MODES.join(', ')}.`);
if (!(size in SIZES)) throw new Error(`Unknown size ${size}. Available: ${Object.keys(SIZES).join(', ')}.`);
const work = { size, mode, batch: Number(options.batch), rounds: Number(options.rounds) };

const plain = await measureInProcess({ ...work, fused: false });
const fused = await measureInProcess({ ...work, fused: true });
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

function both(value: (measurement: Measurement) => number): [number, number] {
  return [value(plain), value(fused)];
}

function report(name: string, ...values: [string | number, string | number]): void {
  console.log([name.padEnd(42), ...values.map((value) => String(value).padStart(8))].join(''));
}

async function measureInProcess(request: Request): Promise<Measurement> {
  const worker = fileURLToPath(new URL('worker.ts', import.meta.url));
  const command = [...process.execArgv, worker, JSON.stringify(request)];
  const { stdout } = await promisify(execFile)(process.execPath, command);
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measurement;
}
