/**
 * Measures in Node what the processor spends on a picture, or a batch of pictures, in one step: this project's WebAssembly engine beside
 * onnxruntime-web with the exported student, one thread each, in turn, from the same noise. On a busy machine the time of the processor
 * says more than the time that passes, and least times more than medians.
 *
 *   npm run source -- benchmarks/browser/processor-time.ts [STUDENT.safetensors] [--pictures 100] [--batch 1] [--kernels]
 *
 * `--kernels` adds the least time of each kernel of this project's engine, summed by kind, and how often it is called for a batch.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { createGenerator, openNetwork, startEngine } from 'onestep';
import { convertFile } from 'onestep/node';
import * as ort from 'onnxruntime-web';
import { Rng } from '@onestep/random';
import { table } from '../markdown.js';
import { quantile } from '../timings.js';

/** Largest accepted difference of a pixel, clipped to [-1, 1]. */
const TOLERANCE = 1e-3;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    pictures: { type: 'string', default: '100' },
    batch: { type: 'string', default: '1' },
    kernels: { type: 'boolean', default: false },
  },
});
const path = positionals[0] ?? 'packages/onestep/assets/fashion-mnist-student.safetensors';
const [rounds, batch] = [Number(options.pictures), Number(options.batch)];

// The export has an engine of its own.
const session = await openSession();
const engine = await startEngine({ engine: 'wasm' });
const generator = createGenerator(await openNetwork(path))!;
const { labelDim } = generator;
const label = Float32Array.from({ length: batch * labelDim }, (_, i) => Number(i % labelDim === 1));

const sides = [
  { name: engine, run: generate },
  { name: `onnxruntime-web ${ort.env.versions.web}`, run: generateExported },
];
const [ours, theirs] = [await generate(0), await generateExported(0)];
const clip = (value: number) => Math.min(1, Math.max(-1, value));
const difference = Math.max(...ours.map((value, i) => Math.abs(clip(value) - clip(theirs[i]!))));
if (!(difference <= TOLERANCE)) throw new Error(`Not the same pictures: pixels differ by ${difference}.`);

const times: number[][] = [[], []];
for (let seed = 0; seed < rounds; seed++) {
  for (const i of seed % 2 === 0 ? [0, 1] : [1, 0]) {
    const before = process.cpuUsage();
    await sides[i]!.run(seed);
    const { user, system } = process.cpuUsage(before);
    times[i]!.push((user + system) / 1000);
  }
}
const rows = sides.map(({ name }, i) => [name, ...[0, 0.1, 0.5].map((q) => quantile(times[i]!, q).toFixed(1))]);
console.log(table(['', 'least, ms', '10th percentile, ms', 'median, ms'], rows));
if (options.kernels) console.log(`\n${await kernelTable()}`);

function noiseOf(seed: number) {
  return generator.sampleLatents(new Rng(seed), batch);
}

async function generate(seed: number): Promise<Float32Array> {
  const { data, shape } = noiseOf(seed);
  const images = tf.tidy(() =>
    generator.generate(tf.tensor(data, shape), labelDim === 0 ? undefined : tf.tensor2d(label, [batch, labelDim])),
  );
  const pixels = (await images.data()) as Float32Array;
  images.dispose();
  return pixels;
}

async function openSession(): Promise<ort.InferenceSession> {
  const folder = mkdtempSync(join(tmpdir(), 'onestep-exported-'));
  try {
    const dest = join(folder, 'student.onnx');
    await convertFile({ path, dest });
    ort.env.wasm.numThreads = 1;
    return await ort.InferenceSession.create(dest, { executionProviders: ['wasm'] });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function generateExported(seed: number): Promise<Float32Array> {
  const { data, shape } = noiseOf(seed);
  const { images } = await session.run({
    z: new ort.Tensor('float32', data, shape),
    ...(labelDim > 0 && { labels: new ort.Tensor('float32', label, [batch, labelDim]) }),
  });
  return images!.data as Float32Array;
}

/** Wraps all kernels of the engine. What a kernel's own calls of others take counts for those. */
async function kernelTable(): Promise<string> {
  let calls: { name: string; ms: number }[] = [];
  const inner: number[] = [];
  for (const kernel of tf.getKernelsForBackend('wasm')) {
    tf.unregisterKernel(kernel.kernelName, 'wasm');
    const kernelFunc: tf.KernelFunc = (args) => {
      const call = { name: kernel.kernelName, ms: 0 };
      calls.push(call);
      inner.push(0);
      const start = performance.now();
      const result = kernel.kernelFunc(args);
      const ms = performance.now() - start;
      call.ms = ms - inner.pop()!;
      if (inner.length > 0) inner[inner.length - 1]! += ms;
      return result;
    };
    tf.registerKernel({ ...kernel, kernelFunc });
  }
  let least: number[] = [];
  for (let seed = 0; seed < rounds; seed++) {
    calls = [];
    await generate(seed);
    least = calls.map(({ ms }, i) => Math.min(ms, least[i] ?? Infinity));
  }
  const sums = new Map<string, { ms: number; count: number }>();
  calls.forEach(({ name }, i) => {
    const { ms, count } = sums.get(name) ?? { ms: 0, count: 0 };
    sums.set(name, { ms: ms + least[i]!, count: count + 1 });
  });
  const sorted = [...sums, ['all', { ms: least.reduce((a, b) => a + b), count: calls.length }] as const];
  sorted.sort(([, a], [, b]) => b.ms - a.ms);
  return table(
    ['kernel', 'least, ms', 'calls'],
    sorted.map(([name, { ms, count }]) => [name, ms.toFixed(3), String(count)]),
  );
}
