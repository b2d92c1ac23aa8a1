/** Times training steps and forward passes of one network on an engine or in PyTorch: `time-work.ts ARGUMENTS`. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../../benchmarks/timings.js';
import { DISTILLATION, SHARED_ROUNDS, type Mode, type WorkSettings } from '../../../benchmarks/train-step/settings.js';
import { NODE, startWorker, WorkerEnded, type Worker } from '../../../benchmarks/worker.js';
import { measure } from '../figures-file.js';
import { readUsedGpuMemory } from '../nvidia-smi.js';
import { MODES_TIMED, type TimeArguments, type ModeTimes } from '../timing.js';

/** Least seconds of timed work in each mode, and number of bursts for which it may take several times as long. */
const [TIMED_MS, LEAST] = [4000, 5];
/** Milliseconds that the repetitions without a pause between them take. */
const BURST_MS = 500;

const args = JSON.parse(process.argv[2]!) as TimeArguments;
const source = (name: string) => join(import.meta.dirname, '../../../benchmarks/train-step', name);

await measure(async (figures, write) => {
  const { engine, precision, choice, batch } = args;
  Object.assign(figures, { engine, precision, choice, batch });
  for (const mode of MODES_TIMED) {
    try {
      figures[mode] = await timeMode(mode);
    } catch (error) {
      if (!(error instanceof WorkerEnded)) throw error;
      // The reason is what the worker has printed.
      console.error(error.message);
      process.exit(1);
    }
    write();
  }
});

async function timeMode(mode: Mode): Promise<ModeTimes> {
  const before = readUsedGpuMemory();
  const worker = await start(mode);
  const values: number[][] = [];
  for (let i = 0; i < SHARED_ROUNDS; i++) values.push(await run(worker, 1));

  let ms = 0;
  const times: number[] = [];
  const timed = async (count: number) => {
    const answer = await worker.run(count);
    if (answer.error !== undefined) throw new Error(`${mode}: ${answer.error}`);
    ms += answer.ms * count;
    return answer.ms;
  };
  const count = Math.min(50, Math.max(1, Math.round(BURST_MS / (await timed(1)))));
  ms = 0;
  while (ms < TIMED_MS || (times.length < LEAST && ms < LEAST * TIMED_MS)) times.push(await timed(count));
  const after = readUsedGpuMemory();
  const { name, parameters } = worker.hello;
  const middle = median(times);
  const result: ModeTimes = {
    name,
    parameters,
    median_ms: middle,
    min_ms: Math.min(...times),
    repetitions: times.length * count,
    images_per_second: (args.batch * 1000) / middle,
    host_mb: worker.peakMb(),
    gpu_mb: before === null || after === null ? null : after - before,
    values,
  };
  await worker.end();
  return result;
}

async function run(worker: Worker, count: number): Promise<number[]> {
  const { values, error } = await worker.run(count);
  if (error !== undefined) throw new Error(error);
  return values;
}

/** Starts the worker that computes. PyTorch begins with the weights and the random numbers of an engine on the CPU. */
async function start(mode: Mode): Promise<Worker> {
  const { network, batch, threads, engine, precision, torch } = args;
  const exchange = join(args.exchange, mode);
  const settings: WorkSettings = { network, batch, mode, threads, exchange, distillation: DISTILLATION };
  const useFp16 = precision === 'fp16';
  const ours = (backend: WorkSettings['backend'], folder: string) =>
    startWorker(
      [...NODE, source('ours.ts'), JSON.stringify({ ...settings, backend, useFp16, exchange: folder })],
      threads,
    );
  if (torch === null) return ours(engine as WorkSettings['backend'], '');

  const complete = join(exchange, 'complete');
  if (!existsSync(complete)) {
    mkdirSync(exchange, { recursive: true });
    await (await ours('ort', exchange)).end();
    writeFileSync(complete, '');
  }
  return startWorker([torch.python, source('peer.py'), JSON.stringify({ ...settings, torch })], threads);
}
