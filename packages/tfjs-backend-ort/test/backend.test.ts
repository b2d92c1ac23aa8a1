import { describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { blockWorks } from '../src/runtime/self-test.js';
import { pattern, restartOrt, tf, useOrt } from './support.js';

describe('the backend', () => {
  it('records without running, and runs on a read or a flush', async () => {
    const ort = await restartOrt();
    const y = tf.add(pattern([3]), 1);
    expect(ort.counters().runs).toBe(0);
    ort.flush();
    expect(ort.counters()).toMatchObject({ compiles: 1, runs: 1, nodes: 1 });
    await y.data();
    expect(ort.counters().runs).toBe(1);
  });

  it('does not compute disposed tensors', async () => {
    const ort = await restartOrt();
    tf.tidy(() => void tf.exp(pattern([3])));
    ort.flush();
    expect(ort.counters().runs).toBe(0);
  });

  it('runs at maxPendingNodes', async () => {
    configure({ maxPendingNodes: 10 });
    const ort = await restartOrt();
    configure({ maxPendingNodes: undefined });
    let x: tf.Tensor = tf.scalar(0);
    for (let i = 0; i < 25; i++) x = tf.add(x, 1);
    expect(ort.counters().runs).toBe(2);
    expect(x.dataSync()[0]).toBe(25);
  });

  it('copies uploads immediately', async () => {
    await useOrt();
    const values = Float32Array.of(1, 2, 3);
    const doubled = tf.mul(tf.tensor1d(values), 2);
    values.fill(9);
    expect([...doubled.dataSync()]).toEqual([2, 4, 6]);
  });

  it('returns copies', async () => {
    await useOrt();
    const x = tf.add(tf.tensor1d([1, 2]), 1);
    x.dataSync().fill(0);
    expect([...x.dataSync()]).toEqual([2, 3]);
  });

  it('does not compile again when only numbers change', async () => {
    const ort = await restartOrt();
    for (let i = 0; i < 5; i++) tf.tidy(() => tf.mul(pattern([4], i + 1), tf.scalar(i)).dataSync());
    expect(ort.counters().compiles).toBe(1);
  });

  it('keeps a bounded number of plans', async () => {
    configure({ maxPlans: 3 });
    const ort = await restartOrt();
    configure({ maxPlans: undefined });
    for (const n of [1, 2, 3, 4, 1]) tf.tidy(() => tf.exp(pattern([n])).dataSync());
    expect(ort.counters().compiles).toBe(5);
    tf.tidy(() => tf.exp(pattern([4])).dataSync());
    expect(ort.counters().compiles).toBe(5);
  });

  it('moves tensors to and from other backends', async () => {
    await tf.setBackend('cpu');
    const x = tf.tensor1d([1, 2, 3]);
    await useOrt();
    const y = tf.square(x);
    await tf.setBackend('cpu');
    const z = tf.add(y, x);
    expect([...z.dataSync()]).toEqual([2, 6, 12]);
    await useOrt();
    expect([...tf.add(z, x).dataSync()]).toEqual([3, 8, 15]);
    const before = tf.memory().numTensors;
    tf.dispose([x, y, z]);
    expect(tf.memory().numTensors).toBe(before - 3);
  });

  it('keeps the same storage, strings and empty tensors', async () => {
    await useOrt();
    expect(tf.tensor(['a', 'b']).dataSync()).toEqual(['a', 'b']);
    expect(tf.tensor2d([], [0, 3]).dataSync().length).toBe(0);
    const x = pattern([2, 3]);
    expect([...tf.reshape(tf.clone(x), [3, 2]).dataSync()]).toEqual([...x.dataSync()]);
  });
});

describe('CPU kernels', () => {
  it('compute what is not lowered, and are counted', async () => {
    const ort = await restartOrt();
    const x = tf.tensor1d([3, 1, 3]);
    expect([...tf.unique(x).values.dataSync()]).toEqual([3, 1]);
    expect(ort.counters().fallbacks).toEqual({ Unique: 1 });
  });

  it('can be forbidden: the error names the kernel and the shapes', async () => {
    const ort = await restartOrt();
    ort.forbidFallback = true;
    expect(() => tf.unique(pattern([2, 5]))).toThrow(/'Unique'.*float32 \[2,5\].*fallback is forbidden/s);
    ort.forbidFallback = false;
  });
});

describe('errors name the operation and the shapes', () => {
  const run = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap = {}) =>
    tf.engine().runKernel(name, inputs, attrs);
  it.each([
    ['Add', () => run('Add', { a: pattern([2, 3]), b: pattern([2, 4]) }), /Add: shapes \[2,3\] and \[2,4\]/],
    [
      'matMul',
      () => run('BatchMatMul', { a: pattern([2, 3]), b: pattern([4, 5]) }),
      /matMul.*\[2,3\] times \[4,5\] is 3 against 4/,
    ],
    [
      'conv2d',
      () => run('Conv2D', { x: pattern([1, 4, 4, 3]), filter: pattern([3, 3, 5, 2]) }, { strides: 1, pad: 'same' }),
      /conv2d: input \[1,4,4,3\] has 3 channels.*takes 5/,
    ],
    [
      'Slice',
      () => run('Slice', { x: pattern([2]) }, { begin: [1], size: [3] }),
      /Slice: begin \[1\] and size \[3\].*\[2\]/,
    ],
    ['Reshape', () => run('Reshape', { x: pattern([2]) }, { shape: [3] }), /Reshape: \[2\].*\[3\]/],
    [
      'GroupNorm',
      () =>
        run(
          'GroupNorm',
          { x: pattern([1, 2, 2, 6]), gamma: pattern([6]), beta: pattern([6]) },
          { groups: 4, epsilon: 1e-5, silu: false },
        ),
      /GroupNorm: x \[1,2,2,6\].*4 groups/,
    ],
  ])('%s', async (_name, f, message) => {
    await useOrt();
    expect(f).toThrow(message);
  });
});

it('the self-test refuses a wrong channel block', async () => {
  const { block } = (await restartOrt()).dialect;
  if (block > 0) expect(blockWorks(block)).toBe(true);
  expect([8, 16].filter((b) => b !== block).some(blockWorks)).toBe(false);
});
