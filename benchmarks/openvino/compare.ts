/**
 * Compares a network evaluation, or the loss with all gradients, on the ort engine and compiled by OpenVINO in float32 and in
 * bfloat16: processor time, which other programs on the machine disturb less than the clock, least of alternating rounds, on
 * one thread. And how far the results differ.
 *
 *   ONESTEP_OPENVINO=FOLDER node --conditions=@onestep/source --import tsx benchmarks/openvino/compare.ts [--sizes mc32-b32]
 *     [--batches 1,8,32] [--rounds 15] [--gradients] [--save]
 *
 * `--save` writes benchmarks/results/openvino.json.
 */
import { parseArgs } from 'node:util';
import { startBackend } from '@onestep/backends';
import { compileOpenVino, requireBfloat16, type CompiledFunction } from '@onestep/backends/onnx';
import { Rng } from '@onestep/random';
import * as tf from '@tensorflow/tfjs-core';
import { relativeDifference } from '../relative-difference.js';
import { saveResult } from '../save-result.js';
import { createNetwork, startingWeights } from '../train-step/network.js';
import { SIZES } from '../train-step/sizes.js';

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: 'quickstart,mc32-b32,cifar10-ddpmpp' },
    batches: { type: 'string', default: '1,8,32' },
    rounds: { type: 'string', default: '15' },
    gradients: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

/** One way to compute, and what it took. */
interface Side {
  name: string;
  /** Milliseconds of the first call, most of which compiles. */
  first: number;
  /** Of each round. */
  times: number[];
  run: () => tf.NamedTensorMap;
  values: number[];
}

interface Row {
  network: string;
  batch: number;
  ort_ms: number;
  float32_ms: number;
  bfloat16_ms: number;
  /** Milliseconds of the first call. */
  first: { ort: number; float32: number; bfloat16: number };
  gain: number;
  /** Relative differences from ort. */
  difference: { float32: number; bfloat16: number };
}

process.env.ONESTEP_THREADS = '1';
await startBackend('ort');
const library = requireBfloat16();
console.log(`${library}, one thread; ${options.gradients ? 'loss and all gradients' : 'one network evaluation'}\n`);
console.log(
  '| network | batch | ort, ms | OpenVINO float32 | bfloat16 | gain | first call: ort, bfloat16, s | difference: float32, bfloat16 |',
);
console.log('| --- | --- | --- | --- | --- | --- | --- | --- |');
const rows: Row[] = [];
for (const name of options.sizes.split(',')) {
  for (const batch of options.batches.split(',').map(Number)) {
    const row = await measure(name, batch);
    rows.push(row);
    const { first, difference } = row;
    const cells = [row.network, batch, row.ort_ms.toFixed(1), row.float32_ms.toFixed(1), row.bfloat16_ms.toFixed(1)];
    const firsts = [first.ort, first.bfloat16].map((ms) => (ms / 1000).toFixed(1)).join(', ');
    const differences = [difference.float32, difference.bfloat16].map((x) => x.toExponential(1)).join(', ');
    console.log(`| ${[...cells, row.gain.toFixed(2), firsts, differences].join(' | ')} |`);
  }
}
if (options.save) {
  const name = options.gradients ? 'openvino-gradients' : 'openvino';
  saveResult(name, 'benchmarks/openvino/compare.ts', { openvino: library }, { results: rows });
}

async function measure(name: string, batch: number): Promise<Row> {
  const { network: size } = SIZES[name]!;
  const network = createNetwork(size);
  for await (const _ of startingWeights(network));
  const shape = [batch, size.resolution, size.resolution, size.channels] as const;
  const x = tf.tensor(new Rng(2).normal(shape.reduce((a, b) => a * b)), [...shape]);
  const sigma = tf.tensor(new Float32Array(batch).fill(1.3), [batch]);
  const labels = tf.oneHot(
    tf.tensor1d(
      Array.from({ length: batch }, (_, i) => i % 10),
      'int32',
    ),
    10,
    1,
    0,
    'float32',
  );
  const inputs: tf.NamedTensorMap = size.label_dim > 0 ? { x, sigma, labels } : { x, sigma };
  const denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D, labels?: tf.Tensor2D) => network.denoise(x, sigma, { labels });
  const evaluate = (...tensors: [tf.Tensor4D, tf.Tensor1D, tf.Tensor2D?]): tf.NamedTensorMap => {
    if (!options.gradients) return { denoised: denoise(...tensors) };
    const { value, grads } = tf.variableGrads(() => tf.mean(tf.square(denoise(...tensors))));
    return { value, ...grads };
  };
  const plain = () => tf.tidy(() => evaluate(...(Object.values(inputs) as Parameters<typeof evaluate>)));
  const compiled = (precision: 'float32' | 'bfloat16') => {
    let run: CompiledFunction | undefined;
    return () => (run ??= compileOpenVino(evaluate, inputs, precision))(...Object.values(inputs));
  };
  const side = (name: string, run: Side['run']): Side => ({ name, first: 0, times: [], run, values: [] });
  const sides = [side('ort', plain), side('float32', compiled('float32')), side('bfloat16', compiled('bfloat16'))];
  for (const one of sides) one.first = work(one);
  // The second call may compile once more, and fills the buffers.
  for (const one of sides) work(one);
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const one of round % 2 ? sides : [...sides].reverse()) one.times.push(work(one));
  }
  const [ort, float32, bfloat16] = sides as [Side, Side, Side];
  network.module.dispose();
  tf.dispose([x, sigma, labels]);
  const least = ({ times }: Side) => Math.min(...times);
  return {
    network: name,
    batch,
    ort_ms: least(ort),
    float32_ms: least(float32),
    bfloat16_ms: least(bfloat16),
    first: { ort: ort.first, float32: float32.first, bfloat16: bfloat16.first },
    gain: least(ort) / least(bfloat16),
    difference: {
      float32: relativeDifference(float32.values, ort.values),
      bfloat16: relativeDifference(bfloat16.values, ort.values),
    },
  };
}

/** Computes once and reads all results. @returns milliseconds of processor time */
function work(side: Side): number {
  const start = process.cpuUsage();
  const results = Object.values(side.run());
  const arrays = results.map((result) => result.dataSync<'float32'>());
  const { user, system } = process.cpuUsage(start);
  side.values = arrays.flatMap((array) => [...array]);
  tf.dispose(results);
  return (user + system) / 1000;
}
