/**
 * Does the work on the backend `webgpu`, with or without the fused kernels, and prints the measurement as JSON. Started by
 * compare.ts.
 */
import { startBackend } from '@onestep/backends';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork } from '../train-step/network.js';
import { DISTILLATION, SIZES, type Mode } from '../train-step/settings.js';
import { createWork } from '../train-step/work.js';
import { countDispatches } from './dispatches.js';
import { OPERATIONS } from './operations.js';

/** The work that compare.ts requests. */
export interface Request {
  /** Whether to use the fused kernels. */
  fused: boolean;
  /** An entry of train-step/sizes.json. */
  size: string;
  batch: number;
  mode: Mode;
  /** Number of timed repetitions. */
  rounds: number;
}

/** The worker's output. */
export interface Measurement {
  /** Description of the engine. */
  description: string;
  /** Dispatches of one piece of work. */
  dispatches: number;
  times_ms: number[];
  loss: number;
  allocated_mb: number;
  /** Dispatches of single operations, by name. */
  operations: Record<string, number>;
}

/** Names of the fused kernels. Without them @onestep/nn composes tfjs operations. */
const FUSED = [
  'GroupNorm',
  'GroupNormGrad',
  'Silu',
  'SiluGrad',
  'Attention',
  'AttentionGrad',
  'AdamUpdate',
  'EmaUpdate',
];

const { fused, size, batch, mode, rounds } = JSON.parse(process.argv[2]!) as Request;
const { description } = await startBackend('webgpu');
const dispatches = countDispatches();
if (!fused) FUSED.forEach((name) => tf.unregisterKernel(name, 'webgpu'));

const { network } = SIZES[size]!;
const settings = { network, batch, mode, threads: 1, exchange: '', distillation: DISTILLATION };
const { run } = createWork(createNetwork(network), settings);
// Compiles the shaders, and separates weights that are shared.
await run();
const times: number[] = [];
let [loss, perRun] = [0, 0];
for (let round = 0; round < rounds; round++) {
  const before = dispatches();
  const start = performance.now();
  [loss] = (await run()) as [number];
  times.push(performance.now() - start);
  perRun = dispatches() - before;
}
const { numBytesAllocatedInGPU: bytes } = tf.memory() as unknown as { numBytesAllocatedInGPU: number };
const operations: Record<string, number> = {};
for (const [name, operation] of Object.entries(OPERATIONS)) {
  const step = operation();
  tf.tidy(step);
  const before = dispatches();
  tf.tidy(step);
  operations[name] = dispatches() - before;
}
const measurement: Measurement = {
  description,
  dispatches: perRun,
  times_ms: times,
  loss,
  allocated_mb: bytes / 2 ** 20,
  operations,
};
console.log(JSON.stringify(measurement));
