/** Trains a network for many steps and reads what they leave in memory: `hold-memory.ts ARGUMENTS`. */
import { startBackend } from '@onestep/backends';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork } from '../../../benchmarks/train-step/network.js';
import { DISTILLATION, type WorkSettings } from '../../../benchmarks/train-step/settings.js';
import { createWork } from '../../../benchmarks/train-step/work.js';
import { measure } from '../figures-file.js';
import type { MemoryArguments, MemoryState } from '../memory.js';
import { readUsedGpuMemory } from '../nvidia-smi.js';

/** Steps after which nothing new is allocated. */
const WARM_UP = 3;

const { engine, size, batch, steps, seconds } = JSON.parse(process.argv[2]!) as MemoryArguments;

await measure(async (figures, write) => {
  const before = readUsedGpuMemory();
  const readState = (step: number): MemoryState => {
    const used = readUsedGpuMemory();
    return {
      step,
      tensors: tf.memory().numTensors,
      bytes: tf.memory().numBytes,
      host_mb: process.memoryUsage.rss() / 2 ** 20,
      gpu_mb: before === null || used === null ? null : used - before,
    };
  };
  await startBackend(engine);
  const settings: WorkSettings = {
    ...size,
    batch,
    mode: 'train',
    threads: 1,
    exchange: '',
    distillation: DISTILLATION,
  };
  const { run } = createWork(createNetwork(size.network), settings);
  for (let i = 0; i < WARM_UP; i++) await run();

  const states = [readState(0)];
  Object.assign(figures, { engine, states });
  const start = performance.now();
  let [step, progress] = [0, 0];
  while (progress < 1) {
    await run();
    step += 1;
    const tenths = Math.floor(progress * 10);
    progress = Math.max(step / steps, (performance.now() - start) / (seconds * 1000));
    if (Math.floor(progress * 10) === tenths) continue;
    states.push(readState(step));
    figures.steps = step;
    write();
  }
});
process.exit();
