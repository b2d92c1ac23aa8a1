import { startBackend } from '@onestep/backends';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import {
  Adam,
  attention,
  clipByGlobalNorm,
  Conv2d,
  GroupNorm,
  groupNorm,
  lossAndGrads,
  Module,
  Parameter,
  silu,
  updateEma,
  type GroupNormAttrs,
} from '@onestep/nn';
import { Rng } from '@onestep/random';
import { sid } from '@onestep/sid';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

let missing: string | null = null;

beforeAll(async () => {
  await startBackend('webgpu').catch((error: unknown) => (missing = `No WebGPU here: ${String(error)}`));
  await startBackend('cpu');
});

beforeEach((context) => context.skip(missing !== null, missing ?? ''));

/** Normal numbers, the same for the same seed. */
function normal(shape: number[], seed: number, { scale = 1, mean = 0 } = {}): tf.Tensor {
  const values = new Rng(seed).normal(tf.util.sizeFromShape(shape)).map((value) => mean + scale * value);
  return tf.tensor(values, shape);
}

/** The largest ||a - b|| / ||b|| over the tensors of `compute`, with a from webgpu's kernels and b from plain operations on cpu. */
async function relativeError(compute: () => tf.Tensor[]): Promise<number> {
  const results: Float32Array[][] = [];
  for (const backend of ['cpu', 'webgpu']) {
    await tf.setBackend(backend);
    const tensors = tf.tidy(compute);
    results.push(await Promise.all(tensors.map((t) => t.data() as Promise<Float32Array>)));
    tf.dispose(tensors);
  }
  const [expected, actual] = results as [Float32Array[], Float32Array[]];
  const norm = (values: Float32Array) => Math.hypot(...values);
  return Math.max(...expected.map((b, i) => norm(actual[i]!.map((a, k) => a - b[k]!)) / norm(b)));
}

/** The value of `f` and the gradients of the sum of its elements, weighted by normal random numbers. */
function valueAndGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const parameters = inputs.map((input) => new Parameter(input));
  const { grads, aux } = lossAndGrads(() => {
    const y = f(...parameters.map(({ variable }) => variable));
    return { loss: tf.sum(tf.mul(y, normal(y.shape, 9))) as tf.Scalar, aux: { y } };
  }, parameters);
  parameters.forEach((parameter) => parameter.dispose());
  return [aux.y, ...grads];
}

describe.each([false, true])('group normalization (SiLU: %s)', (withSilu) => {
  it.each([
    { shape: [2, 3, 5, 6], groups: 3, mean: 0 },
    { shape: [3, 9, 7, 4], groups: 1, mean: 300 },
    // More channels in a group than a workgroup has threads, and a number of them that does not divide it.
    { shape: [1, 3, 1, 260], groups: 2, mean: 0 },
  ])('%o: values and gradients agree with the plain composition', async ({ shape, groups, mean }) => {
    const attrs: GroupNormAttrs = { groups, epsilon: 1e-5, silu: withSilu };
    const error = await relativeError(() =>
      valueAndGradients(
        (x, gamma, beta) => groupNorm(x as tf.Tensor4D, gamma as tf.Tensor1D, beta as tf.Tensor1D, attrs),
        [normal(shape, 1, { mean }), normal([shape[3]!], 2), normal([shape[3]!], 3)],
      ),
    );
    expect(error).toBeLessThan(mean === 0 ? 2e-6 : 1e-4);
  });
});

it('SiLU: values and gradients agree with the plain composition', async () => {
  const x = () => tf.concat([normal([259], 1, { scale: 5 }), tf.tensor1d([-90, 90, 0])]);
  expect(await relativeError(() => valueAndGradients(silu, [x()]))).toBeLessThan(2e-6);
});

it.each([
  { shape: [2, 5, 3], scale: 1 },
  { shape: [1, 67, 8], scale: 1 },
  { shape: [1, 65, 4], scale: 12 },
  { shape: [1, 9, 260], scale: 1 },
])('attention, %o: values and gradients agree with the plain composition', async ({ shape, scale }) => {
  const error = await relativeError(() =>
    valueAndGradients(
      (q, k, v) => attention(q as tf.Tensor3D, k as tf.Tensor3D, v as tf.Tensor3D),
      [normal(shape, 1, { scale }), normal(shape, 2), normal(shape, 3)],
    ),
  );
  expect(error).toBeLessThan(5e-6);
});

it('adds more tensors than a shader can bind, as the norm of all gradients does', async () => {
  const grads = () => Array.from({ length: 60 }, (_, i) => normal([3], i));
  expect(await relativeError(() => [tf.addN(grads()), ...clipByGlobalNorm(grads(), 0.5)])).toBeLessThan(2e-6);
});

/** Two parameters, one of them larger than a workgroup. */
class Pair extends Module {
  readonly a = new Parameter(normal([3, 101], 1));
  readonly b = new Parameter(normal([1], 2));
}

it('Adam and EMA: two steps agree with the plain composition and leave shared weights alone', async () => {
  const error = await relativeError(() => {
    const [trained, average, before] = [new Pair(), new Pair(), new Pair()];
    // Shares its memory with the trained parameter until that is updated.
    before.a.variable.assign(trained.a.variable.clone());
    const adam = new Adam(trained.namedParameters(), { beta1: 0.5, infiniteGradient: 3 });
    for (const seed of [3, 4]) {
      const broken = tf.tensor1d([NaN, Infinity, -Infinity]);
      const gradient = tf.reshape(tf.concat([normal([300], seed), broken]), [3, 101]);
      adam.step([gradient, normal([1], seed)], 0.1);
      updateEma(average, trained, 0.7);
    }
    const moments = [adam, trained, average, before].flatMap((owner) => parametersOf(owner));
    return moments.map(({ variable }) => variable.clone());
  });
  expect(error).toBeLessThan(2e-6);
});

it('Adam and EMA: weights that were read before an update are read anew', async () => {
  await tf.setBackend('webgpu');
  const [trained, average] = [new Pair(), new Pair()];
  const adam = new Adam(trained.namedParameters());
  const read = async () => [...(await trained.a.variable.data()), ...(await average.a.variable.data())];
  // Read before the first upload, and after it.
  let before = await read();
  for (let step = 0; step < 3; step++) {
    adam.step([normal([3, 101], step), normal([1], step)], 0.1);
    updateEma(average, trained, 0.5);
    const after = await read();
    expect(after.filter((value, i) => value === before[i])).toEqual([]);
    before = after;
  }
});

/** All parameters of a module or an optimizer. */
function parametersOf(owner: object): Parameter[] {
  return Object.values(owner)
    .flat()
    .filter((value): value is Parameter => value instanceof Parameter);
}

describe('readbacks', () => {
  /** A convolution, GroupNorm with SiLU and attention. */
  class Network extends Module {
    readonly first = new Conv2d(2, 8, 3, new Rng(1));
    readonly norm = new GroupNorm(8);
    readonly last = new Conv2d(8, 2, 1, new Rng(2));

    forward(x: tf.Tensor4D): tf.Tensor4D {
      const [n, h, w] = x.shape;
      const y = this.norm.forward(this.first.forward(x), { silu: true });
      const tokens = tf.reshape(y, [n, h * w, 8]) as tf.Tensor3D;
      return this.last.forward(tf.reshape(attention(tokens, tokens, tokens), y.shape));
    }
  }

  it('a training step reads nothing back, an iteration of SiD reads its losses once', async () => {
    await tf.setBackend('webgpu');
    const backend = tf.backend() as unknown as { queue: object; getBufferData(buffer: object): Promise<ArrayBuffer> };
    // All of the engine's readbacks go through here. (Synchronous ones fail, because Node has no canvas.)
    const { getBufferData } = backend;
    let readbacks = 0;
    backend.getBufferData = (buffer) => ((readbacks += 1), getBufferData.call(backend, buffer));

    const [network, average] = [new Network(), new Network()];
    average.copyFrom(network);
    const adam = new Adam(network.namedParameters());
    const before = tf.memory().numTensors;
    for (let step = 0; step < 2; step++) {
      tf.tidy(() => {
        const x = normal([2, 3, 5, 2], step) as tf.Tensor4D;
        const { grads } = lossAndGrads(
          () => ({ loss: tf.sum(tf.square(network.forward(x))) as tf.Scalar, aux: {} }),
          network.parameters(),
        );
        adam.step(grads, 1e-3);
        updateEma(average, network, 0.9);
      });
    }
    expect(readbacks).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
    const changed = await network.first.bias!.download();
    expect(changed.data).not.toEqual((await average.first.bias!.download()).data);
    expect(readbacks).toBe(2);

    const teacher = new MlpDenoiser({ imgResolution: 2, imgChannels: 1, hidden: 8, sigmaData: 0.5 });
    const distillation = sid.create({ teacher, options: { batch: 4 } });
    expect(Object.values(await distillation.step(0)).every(Number.isFinite)).toBe(true);
    expect(readbacks).toBe(3);
  });
});
