import { startBackend } from '@onestep/backends';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import fc from 'fast-check';
import { beforeAll, beforeEach, expect, it } from 'vitest';

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

/** The largest difference between the engines in the value of `f` and in the gradients of a sum of its elements. */
async function largestDifference(f: (...inputs: tf.Tensor[]) => tf.Tensor, shapes: number[][]): Promise<number> {
  const results: number[][] = [];
  for (const backend of ['cpu', 'tensorflow']) {
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    results.push(
      tf.tidy(() => {
        const inputs = shapes.map((shape, i) => pattern(shape, i));
        const weighted = (...xs: tf.Tensor[]) => {
          const y = f(...xs);
          return tf.sum(tf.mul(y, pattern(y.shape, 9))) as tf.Scalar;
        };
        const tensors = [f(...inputs), ...tf.grads(weighted)(inputs)];
        return tensors.flatMap((tensor) => [...tensor.dataSync()]);
      }),
    );
    expect(tf.memory().numTensors).toBe(before);
  }
  const [expected, actual] = results as [number[], number[]];
  expect(actual.length).toBe(expected.length);
  return Math.max(...expected.map((value, i) => Math.abs(value - actual[i]!)));
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

const holds = (difference: (g: Geometry) => Promise<number>) =>
  fc.assert(
    fc.asyncProperty(geometry, async (g) => {
      expect(await difference(g)).toBeLessThan(2e-5);
    }),
    { numRuns: 60 },
  );

it('convolutions with any padding, and their gradients, are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    largestDifference(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
      [
        [2, ...size, 3],
        [window, window, 3, 4],
      ],
    ),
  ));

it('depthwise convolutions with any padding, and their gradients, are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    largestDifference(
      (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad as 'same'),
      [
        [2, ...size, 3],
        [window, window, 3, 2],
      ],
    ),
  ));

it('fused convolutions with any padding are as on cpu', () =>
  holds(({ size, window, stride, pad }) =>
    largestDifference(
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
    return largestDifference((x) => tf.maxPool(x as tf.Tensor4D, window, stride, pad), [[2, ...size, 3]]);
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
