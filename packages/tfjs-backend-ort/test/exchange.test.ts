import { afterAll, describe, expect, it } from 'vitest';
import { OrtBackend } from '../src/index.js';
import { pattern, restartOrt, tf, useOrt } from './support.js';

const numbers = (t: tf.Tensor) => [...t.dataSync()];
/** Reads a result and disposes of it. */
const evaluate = (f: () => tf.Tensor) => tf.tidy(() => numbers(f()));

afterAll(() => tf.removeBackend('ort-2'));

describe('two backends in one process', () => {
  it('exchange tensors both ways while operations are pending, and leak nothing', async () => {
    const ort = await restartOrt();
    const before = tf.memory().numTensors;
    const x = tf.tensor1d([1, 2, 3]);
    const pending = tf.square(x);
    const reader = tf.add(x, tf.onesLike(x));
    await tf.setBackend('cpu');
    // x moves away while `reader` waits for it; `pending` has to be computed to move.
    const onCpu = tf.tidy(() => tf.mul(tf.add(pending, x), 2));
    expect(numbers(onCpu)).toEqual([4, 12, 24]);
    await useOrt();
    expect(numbers(reader)).toEqual([2, 3, 4]);
    expect(evaluate(() => tf.sub(onCpu, pending))).toEqual([3, 8, 15]);
    // And away again under the same identity.
    await tf.setBackend('cpu');
    expect(evaluate(() => tf.sum(x))).toEqual([6]);
    tf.dispose([x, pending, reader, onCpu]);
    // The ones.
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(ort.numDataIds()).toBe(1);
  });

  it('share variables: assigned on one, trained on by the other', async () => {
    await restartOrt();
    const w = tf.variable(tf.tensor1d([1, 2]));
    const loss = () => tf.sum(tf.square(w)) as tf.Scalar;
    const step = () =>
      tf.tidy(() => {
        const [gradient] = tf.engine().gradients(loss, [w]).grads;
        w.assign(tf.sub(w, tf.mul(gradient!, 0.25)));
      });
    for (const backend of ['ort', 'cpu', 'ort', 'ort', 'cpu']) {
      await tf.setBackend(backend);
      step();
    }
    expect(numbers(w)).toEqual([2 ** -5, 2 ** -4]);
    await useOrt();
    expect(numbers(tf.neg(w))).toEqual([-(2 ** -5), -(2 ** -4)]);
    w.dispose();
  });

  it('keep shared storage shared, and clones alive', async () => {
    await restartOrt();
    const x = tf.tanh(pattern([2, 3]));
    const view = tf.reshape(x, [3, 2]);
    await tf.setBackend('cpu');
    const sum = tf.add(x, 1);
    x.dispose();
    expect(tf.exp(view).shape).toEqual([3, 2]);
    await useOrt();
    expect(numbers(tf.sub(tf.reshape(sum, [3, 2]), view)).every((v) => Math.abs(v - 1) < 1e-6)).toBe(true);
  });

  it('can both be ort backends', async () => {
    await restartOrt();
    tf.registerBackend('ort-2', () => new OrtBackend());
    tf.copyRegisteredKernels('ort', 'ort-2');
    const x = tf.exp(pattern([5]));
    const y = tf.mul(x, 3);
    await tf.setBackend('ort-2');
    const z = tf.add(y, x);
    await useOrt();
    const back = tf.div(z, x);
    expect(numbers(back).every((v) => Math.abs(v - 4) < 1e-5)).toBe(true);
    expect(numbers(y).length).toBe(5);
  });

  it('agree on floats that the CPU backend stores as integers', async () => {
    await tf.setBackend('cpu');
    const whole = tf.tensor1d([1, 2, 3], 'int32');
    const floats = tf.cast(whole, 'float32');
    await useOrt();
    expect(evaluate(() => tf.div(tf.add(floats, 0.5), 2))).toEqual([0.75, 1.25, 1.75]);
    expect(evaluate(() => tf.mul(whole, whole))).toEqual([1, 4, 9]);
  });

  it('exchange booleans, integers and strings', async () => {
    await restartOrt();
    const all = [tf.greater(pattern([4]), 0), tf.tensor1d([1, -2], 'int32'), tf.tensor1d(['a', 'b'])];
    const expected = await Promise.all(all.map(async (t) => [...(await t.data())]));
    await tf.setBackend('cpu');
    const there = all.map((t) => tf.concat([t, t]));
    expect(there.map((t) => [...t.dataSync()])).toEqual(expected.map((v) => [...v, ...v]));
    await useOrt();
    expect(all.map((t) => [...tf.concat([t, t]).dataSync()])).toEqual(expected.map((v) => [...v, ...v]));
  });
});
