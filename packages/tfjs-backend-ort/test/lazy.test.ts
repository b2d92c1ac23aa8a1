import { afterEach, describe, expect, it } from 'vitest';
import type { OrtBackend } from '../src/index.js';
import { configure } from '../src/index.js';
import { SmallNet } from './network.js';
import { pattern, restartOrt, tf } from './support.js';

afterEach(() => {
  configure({ maxPendingNodes: undefined, maxPlans: undefined, maxPlanBytes: undefined });
});

/** Shapes for which no graph has been compiled. */
let fresh = 1000;
const vector = () => pattern([fresh++]);

describe('computed values', () => {
  it('are not computed again, whatever is read afterwards', async () => {
    const ort = await restartOrt();
    const x = tf.exp(vector());
    const y = tf.mul(x, 2);
    const z = tf.add(y, x);
    x.dataSync();
    // One run computes all three, because tensors hold them.
    expect(ort.counters()).toMatchObject({ runs: 1, compiles: 1 });
    for (const t of [y, z, x, y]) t.dataSync();
    await z.data();
    expect(ort.counters()).toMatchObject({ runs: 1, compiles: 1 });
    tf.sum(z).dataSync();
    expect(ort.counters()).toMatchObject({ runs: 2, nodes: 4 });
  });

  it('that are uploads, constants or views need no run', async () => {
    const ort = await restartOrt();
    const x = vector();
    x.dataSync();
    tf.reshape(x, [x.size, 1]).dataSync();
    tf.zeros([2000]).dataSync();
    expect(ort.counters()).toMatchObject({ runs: 0, nodes: 0 });
  });

  it('of a loop that never reads are computed at intervals, so that little is pending', async () => {
    configure({ maxPendingNodes: 50 });
    const ort = await restartOrt();
    const weights = tf.variable(pattern([64]));
    let maximum = 0;
    for (let i = 0; i < 400; i++) {
      tf.tidy(() => weights.assign(tf.add(weights, tf.mul(pattern([64], i), 0.01))));
      maximum = Math.max(maximum, ort.memory().retiredBytes);
    }
    // 25 steps at a time, except for the last ones, which are still pending.
    expect(ort.counters().runs).toBe(15);
    // The first run differs from the others: its weights are an upload.
    expect(ort.counters().compiles).toBeLessThanOrEqual(2);
    // At most 25 steps are pending, each with an upload of 64 numbers and a scalar, and the weights before them.
    expect(maximum).toBeLessThanOrEqual((25 * 65 + 64) * 4);
    weights.dispose();
  });

  it('of a new shape cost one compilation, and the plans stay within their bounds', async () => {
    const product = (n: number) => {
      const total = tf.tidy(() => tf.sum(tf.exp(tf.matMul(pattern([n, 8]), pattern([8, n])))));
      total.dataSync();
      total.dispose();
    };
    let ort = await restartOrt();
    for (let round = 0; round < 3; round++) for (let n = 40; n < 44; n++) product(n);
    expect(ort.counters().compiles).toBe(4);
    // Two products of about n * n numbers are alive at once, so three plans of this size do not fit.
    configure({ maxPlanBytes: 2.5 * 2 * 40 * 40 * 4 });
    ort = await restartOrt();
    for (let n = 40; n < 44; n++) product(n);
    expect(ort.memory().planBytes).toBeLessThanOrEqual(2.5 * 2 * 40 * 40 * 4);
    product(43);
    expect(ort.counters().compiles).toBe(4);
    product(40);
    expect(ort.counters().compiles).toBe(5);
    // Larger than the bound: it runs, and stays cached until the next one.
    product(200);
    product(200);
    expect(ort.counters().compiles).toBe(6);
  });
}); // prettier-ignore

describe('tf.memory()', () => {
  const memory = () => tf.memory() as unknown as ReturnType<OrtBackend['memory']> & ReturnType<typeof tf.memory>;

  it('counts buffers in use, free and retired buffers, and tensors without buffers', async () => {
    const ort = await restartOrt();
    const bytes = 5000 * 4;
    const before = memory();
    const x = pattern([5000]);
    expect(memory()).toMatchObject({ usedBytes: bytes, pooledBytes: 0, pendingBytes: 0, unreliable: false });
    const y = tf.exp(x);
    const z = tf.add(y, x);
    y.dispose();
    x.dispose();
    expect(memory()).toMatchObject({
      numBytes: before.numBytes + bytes,
      numTensors: before.numTensors + 1,
      usedBytes: bytes,
      retiredBytes: bytes,
      pendingBytes: bytes,
    });
    ort.flush();
    expect(memory()).toMatchObject({ usedBytes: bytes, retiredBytes: 0, pendingBytes: 0, pooledBytes: bytes });
    // exp(x) is an intermediate result.
    expect(memory().planBytes).toBe(bytes);
    z.dispose();
    expect(memory()).toMatchObject({ numBytes: before.numBytes, usedBytes: 0, pooledBytes: 2 * bytes });
  });

  it('estimates the intermediate results of a training step', async () => {
    const ort = await restartOrt();
    const net = new SmallNet(16);
    await net.step(1, 8, 16);
    await net.step(2, 8, 16);
    // More than the widest activations of the network, less than everything it computes.
    const widest = 8 * 16 * 16 * 48 * 4;
    expect(ort.memory().planBytes).toBeGreaterThan(2 * widest);
    expect(ort.memory().planBytes).toBeLessThan(100 * widest);
    net.dispose();
  });
});
