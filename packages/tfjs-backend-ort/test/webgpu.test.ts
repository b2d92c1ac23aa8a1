import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { configure, exportOnnx, type OrtBackend } from '../src/index.js';
import { runModel } from './export/support.js';
import { SmallNet } from './network.js';
import { distance, images, pattern, restartOrt, tf } from './support.js';
import { prepareWebgpu } from './swiftshader.js';

const missing = prepareWebgpu();
if (missing) console.warn(`The tests of WebGPU are skipped. ${missing}`);
beforeEach((context) => context.skip(missing !== null, missing ?? ''));
afterAll(() => configure({ provider: 'cpu' }));

async function startOn(provider: 'cpu' | 'webgpu'): Promise<OrtBackend> {
  configure({ provider });
  return restartOrt();
}

/** Bytes of tensors on the device. */
const deviceBytes = () => (tf.memory() as unknown as { numBytesInGPU?: number }).numBytesInGPU ?? 0;
const STEPS = 4;

interface Training {
  losses: number[];
  state: number[][];
  /** Bytes of tensors on the device after each step. */
  held: number[];
}

/** Runs training steps with Adam and moving averages, in which every operation must run on the provider. */
async function train(ort: OrtBackend, replay = false): Promise<Training> {
  ort.forbidFallback = true;
  const net = new SmallNet(16, 0.9);
  if (replay) net.run = ort.replayable(net.update);
  const [losses, held]: [number[], number[]] = [[], []];
  for (let i = 1; i <= STEPS; i++) {
    losses.push(await net.step(i));
    held.push(deviceBytes());
  }
  const state = net.state.map((variable) => [...variable.dataSync()]);
  net.dispose();
  return { losses, state, held };
}

describe('a training step with Adam and moving averages on WebGPU', () => {
  it('agrees with the CPU, and keeps parameters, moments and averages on the device, replayed or not', async () => {
    const expected = await train(await startOn('cpu'));
    const ort = await startOn('webgpu');
    const actual = await train(ort);
    expect(distance(actual.losses, expected.losses)).toBeLessThan(1e-6);
    actual.state.forEach((values, i) => expect(distance(values, expected.state[i]!)).toBeLessThan(1e-5));
    expect(ort.counters().fallbacks).toEqual({});
    expect(ort.counters().compiles).toBeLessThanOrEqual(2);
    // Four tensors of each parameter's size, and the one that the test's network was initialized with.
    const bytes = 4 * actual.state.reduce((sum, values) => sum + values.length, 0);
    expect(actual.held).toEqual(Array(STEPS).fill((bytes * 5) / 4));
    expect(deviceBytes()).toBe(bytes / 4);

    // On the same device, whose shaders are compiled, beside what the first network was initialized with.
    const { replays } = ort.counters();
    const replayed = await train(ort, true);
    expect(replayed).toEqual({ ...actual, held: Array(STEPS).fill((bytes * 6) / 4) });
    expect(ort.counters().replays).toBeGreaterThan(replays);
    expect(deviceBytes()).toBe(bytes / 2);
  });

  it('runs every node of the graph on the device, without copies', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'onestep-profile-'));
    try {
      configure({ profile: join(folder, 'profile') });
      const ort = await startOn('webgpu');
      configure({ profile: '' });
      // Fallback is allowed, so that nodes on the CPU would show in the profile.
      const net = new SmallNet(16, 0.9);
      await net.step(1);
      await net.step(2);
      ort.endProfiling();
      net.dispose();
      const nodes = readdirSync(folder).flatMap((file) => nodesOf(join(folder, file)));
      expect(nodes.length).toBeGreaterThan(500);
      expect([...new Set(nodes.map(({ provider }) => provider))]).toEqual(['WebGpuExecutionProvider']);
      expect(nodes.filter(({ op }) => op.startsWith('Memcpy'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

interface ProfiledNode {
  provider: string;
  op: string;
}

function nodesOf(file: string): ProfiledNode[] {
  interface Event {
    cat: string;
    args?: { provider?: string; op_name?: string };
  }
  return (JSON.parse(readFileSync(file, 'utf8')) as Event[])
    .filter(({ cat, args }) => cat === 'Node' && args?.provider)
    .map(({ args }) => ({ provider: args!.provider!, op: args!.op_name! }));
}

describe('values on a WebGPU device', () => {
  it('are read correctly: floats, integers, booleans, empty tensors', async () => {
    await startOn('webgpu');
    const x = tf.tensor1d([-1.5, 0, 2.25, 1e-30, -7]);
    const whole = tf.cast(x, 'int32');
    const truth = tf.greater(x, 0);
    const none = tf.slice(tf.add(x, 1), [2], [0]);
    expect([...tf.mul(x, 2).dataSync()]).toEqual([-3, 0, 4.5, Math.fround(2e-30), -14]);
    expect([...tf.add(whole, tf.scalar(1, 'int32')).dataSync()]).toEqual([0, 1, 3, 1, -6]);
    expect([...truth.dataSync()]).toEqual([0, 0, 1, 1, 0]);
    expect([...(await truth.data())]).toEqual([0, 0, 1, 1, 0]);
    expect([...tf.where(truth, x, tf.neg(x)).dataSync()]).toEqual([1.5, -0, 2.25, Math.fround(1e-30), 7]);
    const mask = tf.tensor1d([true, false, true, false, false], 'bool');
    // The second read is from the device.
    for (let i = 0; i < 2; i++)
      expect([...tf.where(mask, tf.add(x, i), 9).dataSync()]).toEqual([i - 1.5, 9, i + 2.25, 9, 9]);
    expect(none.shape).toEqual([0]);
    expect(none.dataSync().length).toBe(0);
  });

  it('are uploaded once, at their second use', async () => {
    await startOn('webgpu');
    const weights = pattern([64, 16]);
    const use = () => tf.tidy(() => tf.matMul(tf.ones([1, 64]), weights).dataSync());
    const first = use();
    expect(deviceBytes()).toBe(0);
    expect(use()).toEqual(first);
    expect(deviceBytes()).toBe(4 * 64 * 16);
    expect([...weights.dataSync()]).toEqual([...pattern([64, 16]).dataSync()]);
    weights.dispose();
    expect(deviceBytes()).toBe(0);
  });

  it('outlive the graph that computed them, and its session', async () => {
    configure({ maxPlans: 1 });
    await startOn('webgpu');
    configure({ maxPlans: undefined });
    const results = [1, 2, 3, 4].map((n) => tf.add(pattern([n]), 1));
    results.forEach((x) => x.dataSync());
    results.forEach((x, i) => expect(x.dataSync()).toEqual(tf.tidy(() => tf.add(pattern([i + 1]), 1).dataSync())));
    tf.dispose(results);
    expect(deviceBytes()).toBe(0);
  });

  it('are freed when the backend is disposed of', async () => {
    await startOn('webgpu');
    const x = tf.add(pattern([100]), 1);
    x.dataSync();
    expect(deviceBytes()).toBe(400);
    await startOn('webgpu');
    expect(deviceBytes()).toBe(0);
    expect(tf.add(1, 2).dataSync()[0]).toBe(3);
  });

  it('move to other backends and back, and through CPU kernels', async () => {
    const ort = await startOn('webgpu');
    const x = tf.square(tf.tensor1d([3, 1, 2]));
    await tf.setBackend('cpu');
    const y = tf.add(x, 1);
    expect([...y.dataSync()]).toEqual([10, 2, 5]);
    await tf.setBackend('ort');
    expect([...tf.add(x, y).dataSync()]).toEqual([19, 3, 9]);
    expect([...tf.unique(tf.add(x, y)).values.dataSync()]).toEqual([19, 3, 9]);
    expect(ort.counters().fallbacks).toEqual({ Unique: 1 });
  });

  it('are constants of exported files', async () => {
    await startOn('webgpu');
    const w = tf.variable(tf.square(tf.tensor2d([1, 2, 3], [3, 1])));
    w.dataSync();
    expect(deviceBytes()).toBe(12);
    const model = exportOnnx((x: tf.Tensor2D) => tf.matMul(tf.add(x, tf.max(w).dataSync()[0]!), w as never), {
      x: { shape: [1, 3] },
    });
    const { output } = await runModel(model, { x: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]) });
    expect([...(output!.data as Float32Array)]).toEqual([10 + 44 + 108, 13 + 56 + 135]);
    expect(deviceBytes()).toBe(12);
    w.dispose();
  });

  it('keep NaN apart from numbers', async () => {
    await startOn('webgpu');
    const x = tf.tensor1d([NaN, 1, Infinity, -Infinity, 0]);
    expect([...tf.isNaN(x).dataSync()]).toEqual([1, 0, 0, 0, 0]);
    expect([...tf.maximum(x, 0.5).dataSync()].slice(1)).toEqual([1, Infinity, 0.5, 0.5]);
  });
});

it.each([
  ['one pixel', [1, 5, 4, 3], [1, 1, 3, 2]],
  ['the whole image', [2, 2, 2, 3], [2, 2, 3, 2]],
] as const)('a window of %s applies padding that is only at the end of the image', async (_name, image, filter) => {
  const pad = [[0, 0], [0, 1], [0, 1], [0, 0]] as never; // prettier-ignore
  const conv = () => tf.conv2d(images(image), images(filter, 2), 1, pad).dataSync();
  await tf.setBackend('cpu');
  const expected = conv();
  await startOn('webgpu');
  expect(distance([...conv()], [...expected])).toBeLessThan(1e-5);
});

it('runs on the CPU what ONNX Runtime computes wrong on WebGPU', async () => {
  await startOn('webgpu');
  const maximum = tf.grad((x) => tf.sum(tf.mul(tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'), 3)));
  const pixels = tf.tensor4d([1, 2, 4, 3], [1, 2, 2, 1]);
  expect([...maximum(pixels).dataSync()]).toEqual([0, 0, 3, 0]);
  const x = tf.add(tf.tensor1d([0, 1, 2, 3]), 0);
  expect([...tf.stridedSlice(x, [-2], [-5], [-1]).dataSync()]).toEqual([2, 1, 0]);
  const low = tf.add(tf.tensor1d([-Infinity, -Infinity]), 0);
  expect([...tf.topk(low, 1).values.dataSync()]).toEqual([-Infinity]);
});

it('an operator that WebGPU lacks runs on the CPU, unless that is forbidden', async () => {
  const ort = await startOn('webgpu');
  expect([...tf.sign(tf.tensor1d([-2, 0, 3])).dataSync()]).toEqual([-1, 0, 1]);
  ort.forbidFallback = true;
  expect(() => tf.sign(tf.tensor1d([-2, 0])).dataSync()).toThrow(/could not compute.*Sign.*fallback/s);
});

it.each([6, 9])('convolves %i channels, forward and backward, as on the CPU', async (channels) => {
  const compute = () =>
    tf.tidy(() => {
      const gradients = tf.grads((x, w) => tf.sum(tf.square(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same'))));
      const shapes = [
        [channels, 8],
        [8, channels],
      ] as const;
      return shapes.flatMap(([from, to]) => {
        const inputs = [images([2, 6, 6, from]), images([3, 3, from, to], 2)];
        return [tf.conv2d(inputs[0]!, inputs[1]!, 1, 'same'), ...gradients(inputs)].map((y) => [...y.dataSync()]);
      });
    });
  await startOn('cpu');
  const expected = compute();
  await startOn('webgpu');
  compute().forEach((values, i) => expect(distance(values, expected[i]!)).toBeLessThan(1e-5));
});

it('computes sine and cosine to float32, also of large numbers', async () => {
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) * 1.37);
  await startOn('webgpu');
  const [sine, cosine] = [tf.sin, tf.cos].map((f) => f(tf.tensor1d(x)).dataSync());
  x.forEach((value, i) => {
    expect(Math.abs(sine![i]! - Math.sin(value))).toBeLessThan(2e-7);
    expect(Math.abs(cosine![i]! - Math.cos(value))).toBeLessThan(2e-7);
  });
});

it('replaces NaN and infinite gradients as on the CPU', async () => {
  const update = () => {
    const g0 = tf.tensor1d([NaN, 1, -Infinity, -1e6]);
    const inputs = { p0: tf.ones([4]), g0, m0: tf.zeros([4]), v0: tf.zeros([4]) };
    const scalars = { lr: tf.scalar(0.1), correction1: tf.scalar(0.1), correction2: tf.scalar(0.001) };
    const attrs = { count: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, bound: 1e5 };
    return (tf.engine().runKernel('AdamUpdate', { ...inputs, ...scalars }, attrs) as unknown as tf.Tensor[]).slice(
      0,
      2,
    );
  };
  await startOn('webgpu');
  const [parameter, momentum] = update();
  const [unchanged, down, up] = parameter!.dataSync();
  expect(unchanged).toBe(1);
  expect(down).toBeCloseTo(0.9, 6);
  expect(up).toBeCloseTo(1.1, 6);
  [0, 0.1, -1e4, -1e5].forEach((value, i) => expect(momentum!.dataSync()[i]).toBeCloseTo(value, 2));
});
