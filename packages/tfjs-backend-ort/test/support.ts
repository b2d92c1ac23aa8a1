import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
// Gradients live on a process-wide registry; the bundle that @onestep/nn ships registers them.
import '../../nn/src/generated/tfjs-gradients.js';
import '../src/index.js';
import type { OrtBackend } from '../src/index.js';

export { tf };

/** Starts the backend under test. */
export async function useOrt(): Promise<OrtBackend> {
  await tf.setBackend('ort');
  return tf.backend() as OrtBackend;
}

export interface Arrays {
  shape: number[];
  values: number[];
}

/** Runs `f` on the CPU backend and on ort and returns both results, each a list of tensors. */
export async function onBoth(f: () => tf.Tensor | tf.Tensor[]): Promise<[cpu: Arrays[], ort: Arrays[]]> {
  const results: Arrays[][] = [];
  for (const name of ['cpu', 'ort']) {
    await tf.setBackend(name);
    results.push(
      tf.tidy(() => [f()].flat().map((t) => ({ shape: t.shape, values: [...t.dataSync()] }))) as unknown as Arrays[],
    );
  }
  return results as [Arrays[], Arrays[]];
}

/** The largest difference, relative to the largest magnitude expected (at least 1). */
export function distance(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = Math.max(1, ...expected.map((v) => (Number.isFinite(v) ? Math.abs(v) : 0)));
  return Math.max(
    0,
    ...actual
      .map((v, i) => (Object.is(v, expected[i]) || v === expected[i] ? 0 : Math.abs(v - expected[i]!) / scale))
      .map((d) => (Number.isNaN(d) ? Infinity : d)),
  );
}

/** Deterministic values in [-1, 1], different for every seed. */
export function pattern(shape: readonly number[], seed = 1): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  let state = seed * 2654435761;
  const values = Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
  return tf.tensor(values, shape as number[]);
}
