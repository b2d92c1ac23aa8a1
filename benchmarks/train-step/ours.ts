/**
 * Does the work to compare on an engine, on request: a line with the number of repetitions in, one line of JSON out
 * (milliseconds, losses). Each repetition ends with reading its losses or its images, so it waits for the device. Writes its
 * initial weights and first random draws for peer.py, which starts from them.
 */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { startBackend } from '@onestep/backends';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { createNetwork, startingWeights } from './network.js';
import type { WorkSettings } from './settings.js';
import { createWork } from './work.js';

const settings = JSON.parse(process.argv[2]!) as WorkSettings;
const { backend = 'ort' } = settings;
if (backend === 'wasm-plain') {
  await import('@tensorflow/tfjs-backend-wasm');
  await tf.setBackend('wasm');
  await tf.ready();
} else await startBackend(backend);
const network = createNetwork(settings.network, settings);
// One tensor at a time, so that writing them does not count as memory of the training.
const write = (name: string, values: ArrayLike<number>) => {
  if (settings.exchange === '') return;
  appendFileSync(join(settings.exchange, name), bytes(Float32Array.from(values)));
};
for await (const values of startingWeights(network)) write('weights.f32', values);
const { draws, run } = createWork(network, settings);
for (const values of draws.splice(0)) write('draws.f32', values);
console.log(JSON.stringify({ name: `onestep, ${backend}`, parameters: network.parameterCount() }));

let done = 0;
for await (const request of createInterface({ input: process.stdin })) {
  const count = Number(request);
  const start = performance.now();
  let values: number[] | Float32Array = [];
  try {
    for (let i = 0; i < count; i++) values = await run();
  } catch (error) {
    console.log(JSON.stringify({ ms: 0, values: [], error: (error as Error).message }));
    continue;
  }
  const ms = (performance.now() - start) / count;
  // Arrays are reduced outside the timed part.
  const meanSquare = (array: Float32Array) => array.reduce((sum, value) => sum + value * value, 0) / array.length;
  console.log(JSON.stringify({ ms, values: values instanceof Float32Array ? [meanSquare(values)] : values }));
  done += count;
}
const { compiles = 0, fallbacks = {} } = (tf.backend() as Partial<OrtBackend>).counters?.() ?? {};
const fallbackNames = Object.keys(fallbacks);
if (fallbackNames.length > 0) console.error(`fell back to the CPU kernels: ${fallbackNames.join(', ')}`);
if (compiles > done) console.error(`${compiles} compiles in ${done} pieces of work`);

function bytes(array: Float32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength);
}
