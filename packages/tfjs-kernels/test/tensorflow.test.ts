import { startBackend } from '@onestep/backends';
import { Adam, groupNorm, Module, Parameter, updateEma } from '@onestep/nn';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

let missing: string | null = null;

beforeAll(async () => {
  await startBackend('tensorflow').catch((error: unknown) => (missing = `No TensorFlow here: ${String(error)}`));
});

beforeEach((context) => context.skip(missing !== null, missing ?? ''));

/** Numbers that are all different, the same for the same seed. */
function pattern(shape: number[], seed: number): tf.Tensor {
  const values = Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) => Math.sin(1.3 * i + seed));
  return tf.tensor(values, shape);
}

type Values = Float32Array[];

/** Runs `compute` on cpu and on TensorFlow, and returns the largest ||a - b|| / ||b|| of its results. */
async function relativeError(compute: () => Promise<Values>): Promise<number> {
  const results: Values[] = [];
  for (const backend of ['cpu', 'tensorflow']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    results.push(await compute());
    expect(tf.memory().numTensors).toBe(before);
  }
  const [expected, actual] = results as [Values, Values];
  const norm = (values: Float32Array) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return Math.max(...expected.map((b, i) => norm(actual[i]!.map((a, k) => a - b[k]!)) / Math.max(norm(b), 1e-3)));
}

/** The error of the value of `f` and of the gradients of a sum of its elements. */
function errorOfGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]): Promise<number> {
  return relativeError(async () =>
    tf.tidy(() => {
      const inputs = shapes.map((shape, i) => pattern(shape, i));
      const weighted = (...xs: tf.Tensor[]) => {
        const y = f(...xs);
        return tf.sum(tf.mul(y, pattern(y.shape, 9))) as tf.Scalar;
      };
      return [f(...inputs), ...tf.grads(weighted)(inputs)].map((tensor) => tensor.dataSync() as Float32Array);
    }),
  );
}

const border = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 }));
const geometry = fc.record({
  size: fc.tuple(fc.integer({ min: 4, max: 7 }), fc.integer({ min: 4, max: 7 })),
  window: fc.integer({ min: 1, max: 4 }),
  stride: fc.integer({ min: 1, max: 3 }),
  pad: fc.oneof(
    fc.constantFrom('same' as const, 'valid' as const),
    fc.integer({ min: 0, max: 3 }),
    fc.tuple(border, border).map(([rows, columns]): tf.backend_util.ExplicitPadding => [[0, 0], rows, columns, [0, 0]]),
  ),
});
type Geometry = typeof geometry extends fc.Arbitrary<infer T> ? T : never;

const holds = (error: (g: Geometry) => Promise<number>) =>
  fc.assert(
    fc.asyncProperty(geometry, async (g) => {
      expect(await error(g)).toBeLessThan(5e-6);
    }),
    { numRuns: 60 },
  );

it('convolutions with any padding, and their gradients, are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    errorOfGradients(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
      [
        [2, ...size, 3],
        [window, window, 3, 4],
      ],
    ),
  ));

it('depthwise convolutions with any padding, and their gradients, are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    errorOfGradients(
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad as 'same'),
      [
        [2, ...size, 3],
        [window, window, 3, 2],
      ],
    ),
  ));

it('fused convolutions with any padding are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    errorOfGradients(
      (x, filter, bias) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          bias,
          strides: stride,
          pad,
          activation: 'relu',
        }),
      [[2, ...size, 3], [window, window, 3, 4], [4]],
    ),
  ));

// A window that lies in the margin alone has no mean and no maximum.
const pooled = (g: Geometry): Geometry => {
  if (typeof g.pad === 'string') return g;
  return typeof g.pad === 'number' ? { ...g, pad: Math.min(g.pad, g.window - 1) } : { ...g, window: 3 };
};

it('maxPool with any padding, and its gradient, are as on cpu', () =>
  holds((g) => {
    const { size, window, stride, pad } = pooled(g);
    return errorOfGradients((x) => tf.maxPool(x as tf.Tensor4D, window, stride, pad), [[2, ...size, 3]]);
  }));

it('avgPool with any padding is as on cpu, and its gradient is its transpose', () =>
  holds(async (g) => {
    const { size, window, stride, pad } = pooled(g);
    const shape = [2, ...size, 3];
    const pool = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, window, stride, pad);
    await tf.setBackend('cpu');
    const expected = tf.tidy(() => pool(pattern(shape, 1)).arraySync());
    await tf.setBackend('tensorflow');
    return tf.tidy(() => {
      const x = pattern(shape, 1);
      const y = pool(x);
      const dy = pattern(y.shape, 2);
      const dx = tf.grad(pool)(x, dy);
      // <dy, A x> = <A' dy, x>, relative to the sizes of both.
      const gap = tf.abs(tf.sub(tf.sum(tf.mul(dy, y)), tf.sum(tf.mul(dx, x)))).dataSync()[0]! / y.size;
      return Math.max(gap, tf.max(tf.abs(tf.sub(y, tf.tensor4d(expected)))).dataSync()[0]!);
    });
  }));

describe.each([false, true])('group normalization (SiLU: %s)', (silu) => {
  it.each([
    { shape: [2, 3, 5, 6], groups: 3, mean: 0, tolerance: 2e-6 },
    { shape: [3, 9, 7, 4], groups: 1, mean: 0, tolerance: 2e-6 },
    { shape: [2, 16, 16, 8], groups: 8, mean: 300, tolerance: 1e-4 },
  ])('%o: values and gradients are as on cpu', async ({ shape, groups, mean, tolerance }) => {
    const normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor) =>
      groupNorm(tf.add<tf.Tensor4D>(x, mean), gamma as tf.Tensor1D, beta as tf.Tensor1D, {
        groups,
        epsilon: 1e-5,
        silu,
      });
    expect(await errorOfGradients(normalize, [shape, [shape[3]!], [shape[3]!]])).toBeLessThan(tolerance);
  });
});

/** Small parameters, which are updated together, around a large one. */
class Weights extends Module {
  readonly a = new Parameter(pattern([3], 1));
  readonly b = new Parameter(pattern([2, 3, 2, 4], 2));
  readonly large = new Parameter(pattern([260, 260], 3));
  readonly scalar = new Parameter(pattern([], 4));
}

it('Adam and moving averages are as on cpu, with gradients that are not numbers', async () => {
  const error = await relativeError(async () => {
    const [trained, average] = [new Weights(), new Weights()];
    const adam = new Adam(trained.namedParameters());
    for (const seed of [5, 6, 7]) {
      tf.tidy(() => {
        const grads = trained.parameters().map(({ variable }, i) => pattern(variable.shape, seed + i));
        adam.step([tf.tensor([NaN, Infinity, -Infinity]), ...grads.slice(1)], 0.01);
        updateEma(average, trained, 0.9);
      });
    }
    const states = [await trained.stateDict(), await average.stateDict(), await adam.stateDict()];
    for (const owner of [trained, average, adam]) owner.dispose();
    return states.flatMap((state) => Object.values(state).map(({ data }) => Float32Array.from(data as Float32Array)));
  });
  expect(error).toBeLessThan(1e-6);
});
