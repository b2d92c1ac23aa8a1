import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStep, jvp, lossAndGrads, Parameter } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const read = async (y: tf.Tensor) => Array.from(await y.data());
async function expectClose(actual: tf.Tensor, expected: number[], digits = 5): Promise<void> {
  expect(actual.size).toBe(expected.length);
  (await read(actual)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, digits));
}

/** diffusion-core's function of this name. */
const withoutGradient = (f: () => tf.Tensor) =>
  tf.customGrad((unused) => ({ value: f(), gradFunc: () => tf.zerosLike(unused as tf.Tensor) }))(tf.scalar(0));

describe('jvp', () => {
  it('is the derivative along the tangent, elementwise', async () => {
    const { value, tangent } = jvp((x) => tf.mul(x, tf.exp(x)), tf.tensor1d([0, 1, -2]), tf.tensor1d([1, 2, 3]));
    await expectClose(value, [0, Math.E, -2 * Math.exp(-2)]);
    await expectClose(tangent, [1, 4 * Math.E, -3 * Math.exp(-2)]);
  });

  it('is the matrix times the tangent for a linear map', async () => {
    const matrix = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
    const { tangent } = jvp((x: tf.Tensor2D) => tf.matMul(matrix, x), tf.ones([2, 1]), tf.tensor2d([10, 1], [2, 1]));
    expect(tangent.shape).toEqual([3, 1]);
    await expectClose(tangent, [12, 34, 56]);
  });

  it('takes and returns lists', async () => {
    const f = (a: tf.Scalar, b: tf.Scalar) => [tf.mul(a, b), tf.sub(tf.square(a), b), tf.scalar(7), a];
    const { value, tangent } = jvp(f, [tf.scalar(3), tf.scalar(5)], [tf.scalar(0.1), tf.scalar(0.01)]);
    for (const [i, expected] of [15, 4, 7, 3].entries()) await expectClose(value[i]!, [expected]);
    for (const [i, expected] of [0.53, 0.59, 0, 0.1].entries()) await expectClose(tangent[i]!, [expected]);
  });

  it('tells equal inputs apart, and knows variables', async () => {
    const x = tf.scalar(3);
    const product = (a: tf.Tensor, b: tf.Tensor) => tf.mul(a, tf.square(b));
    await expectClose(jvp(product, [x, x], [tf.scalar(1), tf.scalar(0)]).tangent, [9]);
    await expectClose(jvp(product, [x, x], [tf.scalar(0), tf.scalar(1)]).tangent, [18]);
    const w = tf.variable(tf.scalar(2));
    await expectClose(jvp(() => tf.square(w), w as tf.Tensor, tf.scalar(1)).tangent, [4]);
  });

  it('agrees with the closed form of sCM, one loss of a function of x and t', async () => {
    // F = 0.6 x - 0.25 sin t, with x on the path cos(t) x0 + sin(t) z and the tangent cos(t) sin(t) (dx/dt, 1).
    const t = Math.atan2(1.3, 0.5);
    const [cos, sin] = [Math.cos(t), Math.sin(t)];
    const x0 = [0.3, -0.2, 0.5];
    const z = [0.35, -0.55, 0.2];
    const x = x0.map((a, i) => cos * a + sin * z[i]!);
    const dx = x0.map((a, i) => -sin * a + cos * z[i]!);
    const { value, tangent } = jvp(
      (x: tf.Tensor1D, t: tf.Scalar) => tf.sub(tf.mul(x, 0.6), tf.mul(tf.sin(t), 0.25)),
      [tf.tensor1d(x), tf.scalar(t)],
      [tf.tensor1d(dx.map((d) => cos * sin * d)), tf.scalar(cos * sin)],
    );
    const [F, J] = [await read(value), await read(tangent)];
    // g of the facts at r = 0 and r = 1, with sigma_d F for F.
    const g = (r: number) => F.map((f, i) => -(cos ** 2) * (0.5 * f - dx[i]!) - r * (cos * sin * x[i]! + 0.5 * J[i]!));
    const expected = { 0: [-0.02164977, 0.03626799, -0.05000727], 1: [-0.1366341, 0.24843573, -0.11796349] };
    for (const r of [0, 1] as const) g(r).forEach((value, i) => expect(value).toBeCloseTo(expected[r][i]!, 6));
  });

  it('can be differentiated, and nested', async () => {
    const f = (x: tf.Tensor) => tf.mul(x, tf.tanh(x));
    const one = tf.scalar(1);
    const first = (x: tf.Tensor) => jvp(f, x, one).tangent;
    const t = Math.tanh(0.7);
    const second = 2 * (1 - t * t) - 1.4 * t * (1 - t * t);
    await expectClose(tf.grad(first)(tf.scalar(0.7)), [second]);
    await expectClose(jvp(first, tf.scalar(0.7), one).tangent, [second]);
  });

  it('is a constant in withoutGradient, inside of a gradient', async () => {
    const w = new Parameter(tf.scalar(3));
    const one = tf.scalar(1);
    const { loss, grads } = lossAndGrads(() => {
      const slope = withoutGradient(() => jvp((x) => tf.mul(tf.square(x), w.variable), tf.scalar(2), one).tangent);
      return { loss: tf.mul(slope, w.variable) as tf.Scalar, aux: {} };
    }, [w]);
    // The slope is 2 x w = 12.
    await expectClose(loss, [36]);
    await expectClose(grads[0]!, [12]);
  });

  it('runs in a compiled step, with new inputs in every run', async () => {
    const w = tf.variable(tf.tensor1d([1, 2]));
    const run = compileStep(({ x, v }: { x: tf.Tensor1D; v: tf.Tensor1D }) => ({
      ...jvp((x) => tf.exp(tf.mul(w, x)), x, v),
    }));
    for (let i = 0; i < 6; i++) {
      const { value, tangent } = run({ x: tf.tensor1d([i / 10, 0.2]), v: tf.tensor1d([1, i]) });
      await expectClose(value, [Math.exp(i / 10), Math.exp(0.4)]);
      await expectClose(tangent, [Math.exp(i / 10), 2 * i * Math.exp(0.4)]);
      tf.dispose([value, tangent]);
    }
  });

  it('leaves only its results behind, which belong to the scope around it', async () => {
    const [x, v] = [tf.tensor1d([1, 2]), tf.tensor1d([1, 1])];
    const evaluate = () => jvp((x) => [tf.softmax(x), x], x, v);
    const { numTensors } = tf.memory();
    const { value, tangent } = evaluate();
    expect(tf.memory().numTensors).toBe(numTensors + 4);
    tf.dispose([value as tf.Tensor[], tangent as tf.Tensor[]]);
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.tidy(() => void evaluate());
    expect(tf.memory().numTensors).toBe(numTensors);
    // The input is as it was.
    expect(await read(x)).toEqual([1, 2]);
  });

  it('refuses tangents that do not fit', async () => {
    const x = tf.ones([2, 3]);
    expect(() => jvp((a) => a, x, tf.ones([3, 2]))).toThrow('Tangent 0 of jvp has shape [3,2]');
    expect(() => jvp((a: tf.Tensor, b: tf.Tensor) => tf.add(a, b), [x, x], [x])).toThrow('each of the 2 inputs, got 1');
  });
});
