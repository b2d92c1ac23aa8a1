import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFileSize } from '../../src/export/write-program.js';
import { exportOnnx, type Outputs, saveOnnx } from '../../src/index.js';
import { pattern, tf, useOrt } from '../support.js';
import { modelDifference } from './support.js';

const X = { x: { shape: [1, 6] } };
const weight = () => tf.variable(pattern<tf.Rank.R2>([6, 3], 1));

describe('functions that cannot be exported are refused, with the reason', () => {
  beforeEach(useOrt);

  it.each<[string, (x: tf.Tensor2D) => unknown, RegExp]>([
    ['reading an input', (x) => tf.mul(x, x.dataSync()[0]!), /reads an input, which has no values/],
    ['reading a result', (x) => tf.mul(x, tf.sum(x).dataSync()[0]!), /reads the result of Sum\[/],
    [
      'a kernel of the CPU backend',
      (x) => tf.unique(x).values,
      /the kernel 'Unique' to a tensor that depends on its inputs/,
    ],
    ['an asynchronous function', async (x) => tf.neg(x), /must not be async/],
    ['an output that is not a tensor', () => ({ y: 3 }), /output 'y' is not a tensor/],
    ['no outputs', () => [], /returns no tensor/],
    ['a nested export', (x) => (exportOnnx(tf.neg, X), x), /cannot export another/],
    ['an output named like an input', (x) => ({ x: tf.neg(x) }), /both named 'x'/],
    [
      'a number that depends on the batch',
      (x) => tf.div(tf.sum(x, 0), x.shape[0] + 1),
      /RealDiv.* depends on the batch.*24.*30/s,
    ],
    [
      'a length that is not a multiple of the batch',
      (x) => tf.slice(x, [0, 0], [x.shape[0] - 1, 6]),
      /'?Slice.*batch/s,
    ],
    [
      'an output length that is not a multiple of the batch',
      (x) => tf.concat([x, tf.zeros([1, 6])], 0),
      /axis 0 of the output 'output'/,
    ],
    ['random numbers', (x) => tf.add(x, tf.randomUniform([6])), /Add.*or is random/s],
    ['samples one by one', (x) => tf.unstack(x)[0], /computes (Reshape|nothing).* where it computes Unpack/],
    ['other operations', (x) => (x.shape[0] > 25 ? tf.neg(x) : tf.abs(x)), /computes Abs.*Neg/s],
    [
      'more operations',
      (x) => (x.shape[0] > 25 ? tf.neg(tf.abs(x)) : tf.abs(x)),
      /computes nothing for a batch of 23 where it computes Neg/,
    ],
  ])('%s', (_name, fn, message) => {
    expect(() => exportOnnx(fn as (x: tf.Tensor2D) => Outputs, X)).toThrow(message);
  });

  it('suggests a fixed batch, which then works', async () => {
    const fn = (x: tf.Tensor2D) => tf.div(tf.sum(x, 0), x.shape[0] + 1);
    expect(() => exportOnnx(fn, X)).toThrow(/batch: 'fixed'/);
    const model = exportOnnx(fn, X, { batch: 'fixed' });
    const x = pattern<tf.Rank.R2>([1, 6]);
    expect(await modelDifference(model, { x }, { output: fn(x) })).toBeLessThan(1e-6);
  });

  it('invalid inputs', () => {
    expect(() => exportOnnx(tf.neg, { x: { shape: [1.5] } })).toThrow(/input 'x'.*shape/);
    expect(() => exportOnnx(tf.neg, { x: { shape: [1], dtype: 'string' } })).toThrow(/'x' has the type string/);
    expect(() => exportOnnx(tf.neg, { x: { shape: [] } })).toThrow(/batch: 'fixed'/);
    expect(() => exportOnnx(tf.neg, X, { batch: ['y'] })).toThrow(/names 'y'/);
  });

  it('errors of the function pass through', () => {
    const error = new RangeError('mine');
    const fails = () => {
      throw error;
    };
    expect(() => exportOnnx(fails, X)).toThrow(error);
    expect(() => exportOnnx((x: tf.Tensor2D) => tf.matMul(x, tf.zeros([5, 5])), X)).toThrow(/inner/i);
  });

  it('another backend', async () => {
    await tf.setBackend('cpu');
    expect(() => exportOnnx(tf.neg, X)).toThrow(/setBackend\('ort'\)/);
  });

  it('weights that do not fit into a file', () => {
    expect(() => checkFileSize(2 ** 31)).toThrow(/2.00 GiB/);
    expect(() => checkFileSize(2 ** 30)).not.toThrow();
  });
});

describe('an export does not change the backend', () => {
  it('runs nothing, leaks nothing, and does not disturb pending operations', async () => {
    const ort = await useOrt();
    const w = weight();
    ort.flush();
    const pending = tf.square(w);
    const before = tf.memory();
    const { runs, compiles } = ort.counters();
    exportOnnx((x: tf.Tensor2D) => tf.matMul(x, w), X);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    // Only the operations recorded before have run.
    expect(ort.counters()).toMatchObject({ runs: runs + 1, compiles: compiles + 1 });
    expect([...pending.dataSync()]).toEqual([...w.dataSync()].map((v) => Math.fround(v * v)));
    tf.dispose([pending, w]);
  });

  it('also after an error', async () => {
    const ort = await useOrt();
    const w = weight();
    ort.flush();
    const before = tf.memory();
    const { runs } = ort.counters();
    expect(() => exportOnnx((x: tf.Tensor2D) => tf.sum(tf.matMul(x, w)).dataSync() as never, X)).toThrow(/reads/);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numDataBuffers).toBe(before.numDataBuffers);
    expect(ort.counters().runs).toBe(runs);
    expect([...tf.add(w, 1).dataSync()]).toEqual([...w.dataSync()].map((v) => Math.fround(v + 1)));
    w.dispose();
  });

  it('tensors that do not depend on the inputs may be read and kept', async () => {
    await useOrt();
    const w = weight();
    let kept: tf.Tensor | undefined;
    const fn = (x: tf.Tensor2D) => {
      kept ??= tf.keep(tf.mul(w, 2));
      return tf.matMul(tf.mul(x, tf.max(w).dataSync()[0]!), kept as tf.Tensor2D);
    };
    exportOnnx(fn, X);
    expect([...kept!.dataSync()]).toEqual([...w.dataSync()].map((v) => v * 2));
    tf.dispose([kept!, w]);
  });

  it('tensors that depend on the inputs may not be kept, and have no values', async () => {
    await useOrt();
    const state = tf.variable(tf.zeros([6]));
    const fn = (x: tf.Tensor2D) => {
      state.assign(tf.mean(x, 0));
      return tf.sub(x, state);
    };
    expect(() => exportOnnx(fn, X)).toThrow(/keeps the result of Mean/);
    expect(() => state.dataSync()).toThrow(/recorded for an export/);
    state.dispose();
  });
});

describe('saveOnnx', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'export-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('replaces a file atomically and leaves no temporary files', async () => {
    const path = join(folder, 'net.onnx');
    await saveOnnx(path, Uint8Array.of(1, 2, 3));
    await saveOnnx(path, Uint8Array.of(4, 5));
    expect([...(await readFile(path))]).toEqual([4, 5]);
    expect(await readdir(folder)).toEqual(['net.onnx']);
  });

  it('leaves no temporary files if it fails', async () => {
    await expect(saveOnnx(join(folder, 'missing', 'net.onnx'), Uint8Array.of(1))).rejects.toThrow(/ENOENT/);
    await saveOnnx(join(folder, 'taken'), Uint8Array.of(1));
    await expect(saveOnnx(join(folder, 'taken', 'net.onnx'), Uint8Array.of(1))).rejects.toThrow(/ENOTDIR/);
    expect(await readdir(folder)).toEqual(['taken']);
  });
});
