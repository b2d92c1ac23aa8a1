import { afterEach, describe, expect, it } from 'vitest';
import { configure } from '../src/index.js';
import { SmallNet } from './network.js';
import { distance, pattern, restartOrt, tf } from './support.js';

afterEach(() => configure({ channelBlock: 'auto', threads: 2 }));

const batch = () => pattern<tf.Rank.R4>([3, 8, 8, 3], 77);
const labels = () => tf.oneHot(tf.tensor1d([0, 1, 3], 'int32'), 4) as tf.Tensor2D;

async function gradients(channels: number): Promise<number[][]> {
  const net = new SmallNet(channels);
  const { value, grads } = net.gradients(batch(), labels());
  const result = [value, ...grads].map((t) => [...t.dataSync()]);
  net.dispose();
  return result;
}

describe('gradients of a small UNet', () => {
  it.each([
    ['blocked convolutions', 16, 'auto'],
    ['channels that do not fill blocks', 12, 'auto'],
    ['plain convolutions', 16, 0],
  ] as const)('agree with the CPU backend: %s', async (_name, channels, channelBlock) => {
    await tf.setBackend('cpu');
    const expected = await gradients(channels);
    configure({ channelBlock });
    const ort = await restartOrt();
    ort.forbidFallback = true;
    const actual = await gradients(channels);
    actual.forEach((g, i) => expect(distance(g, expected[i]!)).toBeLessThan(1e-5));
    expect(ort.counters()).toMatchObject({ compiles: 1, runs: 1, fallbacks: {} });
  });
});

describe('a training loop', () => {
  it('learns, compiles once, never falls back and keeps its memory', async () => {
    const ort = await restartOrt();
    ort.forbidFallback = true;
    const net = new SmallNet(16);
    const first = await net.step(1);
    await net.step(2);
    const { compiles } = ort.counters();
    const before = tf.memory();
    let last = first;
    for (let i = 3; i <= 12; i++) last = await net.step(i);
    expect(compiles).toBeLessThanOrEqual(2);
    expect(ort.counters().compiles).toBe(compiles);
    expect(tf.memory()).toEqual(before);
    expect(tf.memory().unreliable).toBe(false);
    expect(last).toBeLessThan(first);
    net.dispose();
  });

  it('does not grow the memory of the process', async () => {
    await restartOrt();
    const net = new SmallNet(16);
    let step = 0;
    const train = async (steps: number) => {
      for (let i = 0; i < steps; i++) await net.step(++step);
      return process.memoryUsage.rss();
    };
    const before = await train(20);
    const { pooledBytes } = tf.memory() as tf.MemoryInfo & { pooledBytes: number };
    const growth = (await train(60)) - before;
    // A loose bound, because JavaScript's own heap varies too. Half a megabyte per step would exceed it.
    expect(growth).toBeLessThan(30 * 2 ** 20);
    expect(tf.memory()).toMatchObject({ pooledBytes });
    net.dispose();
  });

  it('two phases and a second batch size keep their plans', async () => {
    const ort = await restartOrt();
    const [teacher, student] = [new SmallNet(16), new SmallNet(8)];
    const round = async (i: number) => {
      await teacher.step(i);
      await student.step(i);
      await student.step(i, 2);
    };
    await round(1);
    await round(2);
    const { compiles } = ort.counters();
    for (let i = 3; i < 6; i++) await round(i);
    expect(ort.counters().compiles).toBe(compiles);
    tf.dispose([...teacher.state, ...student.state]);
  });

  it('has the same bits when it is interrupted and resumed', async () => {
    const steps = 6;
    const train = async (interruptAt: number | null): Promise<Float32Array[]> => {
      await restartOrt();
      const net = new SmallNet(16);
      for (let i = 1; i <= steps; i++) {
        if (i === interruptAt) {
          // Everything is downloaded, the engine restarts, and everything is uploaded again.
          const saved = net.state.map((variable) => variable.dataSync<'float32'>());
          await restartOrt();
          net.state.forEach((variable, k) => tf.tidy(() => variable.assign(tf.tensor(saved[k]!, variable.shape))));
        }
        await net.step(i);
      }
      const result = net.state.map((variable) => variable.dataSync<'float32'>());
      net.dispose();
      return result;
    };
    const undisturbed = await train(null);
    for (const at of [2, 5]) {
      const resumed = await train(at);
      resumed.forEach((values, i) => expect(Buffer.compare(bytes(values), bytes(undisturbed[i]!))).toBe(0));
    }
  });

  it('has the same bits whatever is read, and when', async () => {
    const run = async (peek: boolean) => {
      await restartOrt();
      const net = new SmallNet(16);
      const h = net.forward(batch(), labels());
      if (peek) h.dataSync();
      const { value, grads } = net.gradients(batch(), labels());
      if (peek) value.dataSync();
      const result = grads.map((g) => g.dataSync<'float32'>());
      net.dispose();
      return result;
    };
    const together = await run(false);
    (await run(true)).forEach((values, i) => expect(Buffer.compare(bytes(values), bytes(together[i]!))).toBe(0));
  });
});

const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
