import { startBackend } from '@onestep/backends';
import { groupNorm, silu } from '@onestep/nn';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { COMPILERS } from '../scripts/kernels/compile.js';
import type { Kernels, WebAssemblyHost } from '../src/wasm/compiled/kernels.js';
import { WASM_BYTES } from '../src/wasm/compiled/wasm-bytes.js';

beforeAll(async () => {
  await startBackend('wasm');
});

const size = fc.integer({ min: 1, max: 9 });
const RUNS = { numRuns: 40 };

/** Values that differ, of an irregular sequence around an offset. */
function valuesOf(shape: number[], phase: number, offset = 0): number[] {
  const values = Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => offset + 2 * Math.sin(1.7 * i * i + phase),
  );
  return [...Float32Array.from(values)];
}

/** Runs on the engine, and checks that no tensor is left. */
function compute(run: () => tf.Tensor): number[] {
  const before = tf.memory().numTensors;
  const values = tf.tidy(() => [...run().dataSync()]);
  expect(tf.memory().numTensors).toBe(before);
  return values;
}

function expectClose(actual: number[], expected: number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  actual.forEach((value, i) => {
    if (!Number.isFinite(expected[i]!)) expect(value).toBe(expected[i]);
    else expect(Math.abs(value - expected[i]!)).toBeLessThanOrEqual(tolerance * Math.max(1, Math.abs(expected[i]!)));
  });
}

const siluOf = (x: number) => x / (1 + Math.exp(-x));

describe('the compiled kernels', () => {
  it('have the WebAssembly of their source', () => {
    // The other build is written by the same script; each takes seconds to compile.
    const compiled = COMPILERS.own().toString('base64');
    expect(WASM_BYTES.own, 'run npm run kernels -w @onestep/tfjs-kernels').toBe(compiled);
  });

  it('work in a memory that threads share', () => {
    const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyHost }).WebAssembly;
    const memory = new Memory({ initial: 1, maximum: 65536, shared: true });
    const module = new Module(Buffer.from(WASM_BYTES.shared, 'base64'));
    const exports = new Instance(module, { env: { memory } }).exports as Pick<Kernels, 'silu'>;
    const values = new Float32Array(memory.buffer, 0, 10).fill(3);
    exports.silu(0, 20, 5);
    expectClose([...values], [3, 3, 3, 3, 3].concat(Array(5).fill(siluOf(3)) as number[]), 1e-6);
  });

  it('normalize groups as the formula says, with and without SiLU, around any mean', () => {
    const image = fc.record({ n: fc.integer({ min: 1, max: 3 }), h: size, w: size });
    const channels = fc.record({ groups: fc.integer({ min: 1, max: 4 }), members: fc.constantFrom(1, 2, 4, 6, 8) });
    fc.assert(
      fc.property(
        image,
        channels,
        fc.boolean(),
        fc.constantFrom(0, 50),
        ({ n, h, w }, { groups, members }, act, offset) => {
          const c = groups * members;
          const [x, gamma, beta] = [valuesOf([n, h, w, c], 0, offset), valuesOf([c], 1), valuesOf([c], 2)];
          const expected = x.map((value, i) => {
            const [image, channel] = [Math.floor(i / (h * w * c)), i % c];
            const group = x.filter((_, j) => {
              return (
                Math.floor(j / (h * w * c)) === image && Math.floor((j % c) / members) === Math.floor(channel / members)
              );
            });
            const mean = group.reduce((a, b) => a + b) / group.length;
            const variance = group.reduce((a, b) => a + (b - mean) ** 2, 0) / group.length;
            const affine = ((value - mean) / Math.sqrt(variance + 1e-3)) * gamma[channel]! + beta[channel]!;
            return act ? siluOf(affine) : affine;
          });
          const actual = compute(() =>
            groupNorm(tf.tensor4d(x, [n, h, w, c]), tf.tensor1d(gamma), tf.tensor1d(beta), {
              groups,
              epsilon: 1e-3,
              silu: act,
            }),
          );
          // The mean of numbers around 50 has an error of 50 times 6e-8, which the deviation of a constant group enlarges 30 times.
          expectClose(actual, expected, offset === 0 ? 2e-5 : 1e-3);
        },
      ),
      RUNS,
    );
  });

  it('keep NaN within its group', () => {
    const x = valuesOf([2, 3, 3, 8], 0);
    x[5] = NaN;
    const y = compute(() =>
      groupNorm(tf.tensor4d(x, [2, 3, 3, 8]), tf.ones([8]), tf.zeros([8]), { groups: 2, epsilon: 1e-5, silu: true }),
    );
    y.forEach((value, i) => expect(Number.isNaN(value)).toBe(i < 72 && i % 8 >= 4));
  });

  it('compute SiLU to float32, for any number of values', () => {
    const x = [0, -0, 1e-30, -1e-30, 5, -5, -20, 20, -87, 87, -89, 89, 1e6, Infinity, NaN];
    for (let count = 1; count <= x.length; count++) {
      const given = [...Float32Array.from(x.slice(-count))];
      expectClose(
        compute(() => silu(tf.tensor1d(given))),
        given.map(siluOf),
        1e-7,
      );
    }
    fc.assert(
      fc.property(fc.array(fc.float({ min: -30, max: 30, noNaN: true }), { minLength: 1 }), (x) => {
        const errors = compute(() => silu(tf.tensor1d(x))).map((y, i) => Math.abs(y - siluOf(x[i]!)));
        errors.forEach((error, i) => expect(error).toBeLessThanOrEqual(4e-7 * Math.abs(siluOf(x[i]!)) + 1e-37));
      }),
      RUNS,
    );
  });

  it('multiply by the rows of one matrix, or of one for each', () => {
    const rows = fc.constantFrom(1, 2, 3, 40);
    const depth = fc.constantFrom(1, 3, 4, 8, 20);
    const matrices = fc.constantFrom({ ofA: 1, ofB: 1 }, { ofA: 3, ofB: 1 }, { ofA: 3, ofB: 3 });
    fc.assert(
      fc.property(rows, size, depth, matrices, (m, columns, k, { ofA, ofB }) => {
        const [shapeA, shapeB] = [
          [ofA, m, k],
          [ofB, columns, k],
        ];
        const [a, b] = [valuesOf(shapeA, 0), valuesOf(shapeB, 1)];
        const expected = Array.from({ length: ofA * m * columns }, (_, at) => {
          const [row, column] = [Math.floor(at / columns), at % columns];
          const j = (ofB === 1 ? 0 : Math.floor(row / m) * columns) + column;
          return a.slice(row * k, (row + 1) * k).reduce((sum, v, d) => sum + v * b[j * k + d]!, 0);
        });
        expectClose(
          compute(() => tf.matMul(tf.tensor(a, shapeA), tf.tensor(b, shapeB), false, true)),
          expected,
          1e-5,
        );
      }),
      RUNS,
    );
  });

  it('concatenate along any axis, and unpack what was stacked', () => {
    const parts = fc.array(size, { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(
        size,
        size,
        parts,
        fc.constantFrom('float32' as const, 'int32' as const),
        (before, after, parts, dtype) => {
          const tensors = () =>
            parts.map((length, i) => tf.tensor(valuesOf([before, length, after], i), [before, length, after]));
          const cast = () => tensors().map((x) => tf.cast(tf.mul(x, 100), dtype));
          const joined = compute(() => tf.concat(cast(), 1));
          const arrays = tf.tidy(() => cast().map((x) => x.arraySync() as number[][][]));
          const rows = Array.from({ length: before }, (_, i) => arrays.flatMap((x) => x[i]!.flat()));
          expect(joined).toEqual(rows.flat());
          const axis = -1 - (parts.length % 3);
          const again = compute(() => tf.stack(tf.unstack(tf.concat(cast(), 1), axis), axis));
          expect(again).toEqual(joined);
        },
      ),
      RUNS,
    );
  });

  it('repeat along any axis, or not at all', () => {
    fc.assert(
      fc.property(size, size, size, fc.integer({ min: 1, max: 3 }), fc.nat(2), (a, b, c, times, axis) => {
        const x = tf.tidy(() => tf.tensor(valuesOf([a, b, c], 0), [a, b, c]).arraySync() as number[][][]);
        const repeat = <T>(values: T[], d: number) => (d === axis ? Array(times).fill(values).flat(1) : values) as T[];
        const expected = repeat(x, 0).flatMap((rows) => repeat(rows, 1).flatMap((row) => repeat(row, 2)));
        const reps = [0, 1, 2].map((d) => (d === axis ? times : 1));
        expect(compute(() => tf.tile(tf.tensor(x.flat(2), [a, b, c]), reps))).toEqual(expected);
      }),
      RUNS,
    );
  });

  it('round the sines and cosines of JavaScript', () => {
    const x = [...Float32Array.from([0, -0, 1e-20, 1, -2.5, 300, 8000, 1e6])];
    expect(compute(() => tf.sin(x))).toEqual(x.map((value) => Math.fround(Math.sin(value))));
    expect(compute(() => tf.cos(x))).toEqual(x.map((value) => Math.fround(Math.cos(value))));
  });
});
