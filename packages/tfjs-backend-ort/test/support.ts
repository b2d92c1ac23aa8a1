import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
// Gradients are registered process-wide, by the bundle that @onestep/nn ships.
import '../../nn/src/generated/tfjs-gradients.js';
import '../src/index.js';
import type { OrtBackend } from '../src/index.js';

export { tf };

/** Starts the backend under test. */
export async function useOrt(): Promise<OrtBackend> {
  await tf.setBackend('ort');
  return tf.backend() as OrtBackend;
}

/** Starts a new backend with the configured options. */
export async function restartOrt(): Promise<OrtBackend> {
  tf.removeBackend('ort');
  const { OrtBackend } = await import('../src/index.js');
  tf.registerBackend('ort', () => new OrtBackend());
  return useOrt();
}

export interface Arrays {
  shape: number[];
  values: number[];
}

function evaluate(f: () => tf.Tensor | tf.Tensor[]): Arrays[] {
  const results: Arrays[] = [];
  tf.tidy(() => {
    for (const t of [f()].flat()) results.push({ shape: t.shape, values: [...t.dataSync()] });
  });
  return results;
}

/** The largest difference, relative to the largest expected magnitude (at least 1). */
export function distance(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) return Infinity;
  const scale = expected.reduce((m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m), 1);
  let worst = 0;
  actual.forEach((value, i) => {
    const other = expected[i]!;
    if (value === other || (Number.isNaN(value) && Number.isNaN(other))) return;
    const difference = Math.abs(value - other) / scale;
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
  });
  return worst;
}

/** Evaluates `f` with tfjs-backend-cpu and with ort, without fallback, and returns their largest difference. */
export async function difference(f: () => tf.Tensor | tf.Tensor[]): Promise<number> {
  await tf.setBackend('cpu');
  const expected = evaluate(f);
  const ort = await useOrt();
  ort.forbidFallback = true;
  const actual = evaluate(f);
  ort.forbidFallback = false;
  if (actual.length !== expected.length) return Infinity;
  return Math.max(
    ...actual.map(({ shape, values }, i) =>
      shape.join() === expected[i]!.shape.join() ? distance(values, expected[i]!.values) : Infinity,
    ),
  );
}

/** Deterministic values in [-1, 1], different for every seed. */
export function values(size: number, seed = 1): Float32Array {
  let state = (seed * 2654435761) >>> 0;
  return Float32Array.from({ length: size }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/** Such values as a tensor. */
export function pattern<R extends tf.Rank = tf.Rank>(shape: readonly number[], seed = 1): tf.Tensor<R> {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(values(size, seed), shape as number[]) as unknown as tf.Tensor<R>;
}

/** Such values as images or convolution weights. */
export const images = (shape: readonly number[], seed = 1): tf.Tensor4D => pattern<tf.Rank.R4>(shape, seed);
