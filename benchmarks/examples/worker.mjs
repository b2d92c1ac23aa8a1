/** Runs one example on one backend: for each line of input, a training step and a line of JSON. */
import { Buffer } from 'node:buffer';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';

const { example, backend, exchange, batches } = JSON.parse(process.argv[2]);
const packages = { ort: '@onestep/tfjs-backend-ort', wasm: '@tensorflow/tfjs-backend-wasm' };
if (packages[backend] !== undefined) await import(packages[backend]);
await tf.setBackend(backend);
const { variables, step } = await import(`./${example}.mjs`);

// The first worker writes its weights, and all others start from them.
const file = `${exchange}/weights.f32`;
if (existsSync(file)) {
  const weights = read(file, Float32Array);
  let at = 0;
  for (const variable of variables) {
    variable.assign(tf.tensor(weights.subarray(at, at + variable.size), variable.shape));
    at += variable.size;
  }
} else {
  writeFileSync(file, Buffer.concat(variables.map((variable) => Buffer.from(variable.dataSync().slice().buffer))));
}
const inputs = read(`${exchange}/inputs`, example === 'classifier' ? Float32Array : Int32Array);
const targets = read(`${exchange}/targets`, Int32Array);
const part = (array, i) => array.slice((i * array.length) / batches, ((i + 1) * array.length) / batches);

const parameters = variables.reduce((sum, { size }) => sum + size, 0);
console.log(JSON.stringify({ name: `tfjs, ${backend}`, parameters }));
let round = 0;
for await (const _request of createInterface({ input: process.stdin })) {
  const [x, y] = [part(inputs, round % batches), part(targets, round % batches)];
  const start = performance.now();
  try {
    const loss = await step(x, y);
    console.log(JSON.stringify({ ms: performance.now() - start, values: [loss] }));
  } catch (error) {
    console.log(JSON.stringify({ ms: NaN, values: [], error: error.message }));
  }
  round += 1;
}
if (backend === 'ort') {
  const fallbacks = Object.keys(tf.backend().counters().fallbacks);
  if (fallbacks.length > 0) console.error(`${example}: fell back to the CPU kernels: ${fallbacks.join(', ')}`);
}

function read(name, Type) {
  const bytes = readFileSync(name);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}
