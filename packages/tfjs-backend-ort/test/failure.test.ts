import { describe, expect, it } from 'vitest';
import { OrtBackend } from '../src/index.js';
import { works } from '../src/runtime/self-test.js';
import { currentOptions } from '../src/options.js';
import { pattern, restartOrt, tf } from './support.js';

/** Fails when it runs. */
const bad = () => tf.gather(pattern([3, 2]), tf.add(tf.tensor1d([98], 'int32'), tf.scalar(1, 'int32')));

describe('an operation that fails', () => {
  it('leaves the other results alone', async () => {
    await restartOrt();
    const weights = tf.add(pattern([4]), 1);
    const broken = bad();
    const later = tf.mul(broken, 2);
    const [healthy, same] = [tf.add(weights, 1), tf.add(weights, 1)];
    expect(() => broken.dataSync()).toThrow(/could not compute the result of GatherV2\[3,2\]\[1\]: .*Gather/s);
    expect(healthy.dataSync()[0]).toBeCloseTo(weights.dataSync()[0]! + 1);
    expect([...same.dataSync()]).toEqual([...healthy.dataSync()]);
    expect(() => later.dataSync()).toThrow(/Multiply.*GatherV2/s);
    expect(() => tf.exp(broken)).toThrow(expect.objectContaining({ cause: expect.any(Error) as Error }));
  });

  it('gives the buffers of disposed tensors back', async () => {
    const ort = await restartOrt();
    const x = pattern([64]);
    const broken = bad();
    tf.exp(x);
    const before = ort.memory().pooledBytes;
    x.dispose();
    expect(() => broken.dataSync()).toThrow();
    expect(ort.memory().pooledBytes).toBeGreaterThan(before);
  });

  it('is named by the node', async () => {
    await restartOrt();
    expect(() => bad().dataSync()).toThrow(/GatherV2\[3,2\]\[1\]\/Gather:/);
  });
});

it('a channel block that does not fit the CPU is refused', () => {
  const wrong = ([8, 16] as const).filter((block) => !works(block));
  expect(wrong.length).toBeGreaterThan(0);
  for (const channelBlock of wrong) {
    expect(() => new OrtBackend({ ...currentOptions(), channelBlock })).toThrow(/channelBlock .* does not work/);
  }
});
