/** Measures the rates of ceiling.ts on the ort backend: one line in, one line of JSON out. */
import { createInterface } from 'node:readline';
import '@onestep/tfjs-backend-ort';
import * as tf from '@tensorflow/tfjs-core';
import { Rng } from '@onestep/random';
import type { CeilingSettings } from './ceiling.js';

const settings = JSON.parse(process.argv[2]!) as CeilingSettings;
/** Number of operations in one graph: enough that recording, starting and reading it hardly matter. */
const CHAINS = { arithmetic: 2, memory: 8 };

await tf.setBackend('ort');
await tf.ready();
const rng = new Rng(0);
const random = (shape: number[], scale: number) =>
  tf.tidy(() => tf.mul(tf.tensor(rng.normal(tf.util.sizeFromShape(shape)), shape), scale));

type Step = (x: tf.Tensor) => tf.Tensor;
/** A chain of steps on `x`, and the cost of one step. */
interface Kind {
  x: tf.Tensor;
  step: Step;
  cost: number;
  length: number;
}
const kinds: (() => Kind)[] = [
  ...settings.gemm.map((n) => () => {
    const a = random([n, n], n ** -0.5);
    return {
      x: random([n, n], 1),
      step: (x: tf.Tensor) => tf.matMul(a, x),
      cost: 2 * n ** 3,
      length: CHAINS.arithmetic,
    };
  }),
  ...settings.conv.map(([n, r, c]) => () => {
    const filter = random([3, 3, c, c], (9 * c) ** -0.5) as tf.Tensor4D;
    const step: Step = (x) => tf.conv2d(x as tf.Tensor4D, filter, 1, 'same');
    return { x: random([n, r, r, c], 1), step, cost: 2 * n * r * r * 9 * c * c, length: CHAINS.arithmetic };
  }),
  () => {
    // Arrays of zeros or ones would be constants in the graph.
    const array = () => tf.tensor1d(new Float32Array(settings.add).fill(0.5, 1));
    const b = array();
    return { x: array(), step: (x: tf.Tensor) => tf.add(x, b), cost: 12 * settings.add, length: CHAINS.memory };
  },
];

/** Measures operations or bytes per nanosecond. */
async function measureRate({ x, step, cost, length }: Kind): Promise<number> {
  const chain = async () => {
    const last = tf.tidy(() => {
      let y = x;
      for (let i = 0; i < length; i++) y = step(y);
      return y;
    });
    await last.data();
    last.dispose();
  };
  // Compiles, and converts the operands to the layout of the chain.
  await chain();
  await chain();
  const start = performance.now();
  await chain();
  return (length * cost) / ((performance.now() - start) * 1e6);
}

console.log(JSON.stringify({ name: 'onnxruntime', parameters: 0 }));
for await (const _request of createInterface({ input: process.stdin })) {
  const values: number[] = [];
  for (const kind of kinds) {
    tf.engine().startScope();
    values.push(await measureRate(kind()));
    tf.engine().endScope();
  }
  console.log(JSON.stringify({ ms: 0, values }));
}
