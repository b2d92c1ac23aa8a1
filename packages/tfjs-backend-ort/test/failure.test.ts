import { describe, expect, it } from 'vitest';
import { configure, OrtBackend } from '../src/index.js';
import { currentOptions } from '../src/options.js';
import { blockWorks } from '../src/runtime/self-test.js';
import { pattern, restartOrt, tf } from './support.js';

/** An operation that fails when it runs. */
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

  it('frees the buffers of disposed tensors', async () => {
    const ort = await restartOrt();
    const x = pattern([64]);
    const broken = bad();
    tf.exp(x);
    const before = ort.memory().pooledBytes;
    x.dispose();
    expect(() => broken.dataSync()).toThrow();
    expect(ort.memory().pooledBytes).toBeGreaterThan(before);
  });

  it('is named in the error', async () => {
    await restartOrt();
    expect(() => bad().dataSync()).toThrow(/GatherV2\[3,2\]\[1\]\/Gather:/);
  });
});

it('refuses a channel block that does not work on the CPU', () => {
  const wrong = ([8, 16] as const).filter((block) => !blockWorks(block));
  expect(wrong.length).toBeGreaterThan(0);
  for (const channelBlock of wrong) {
    expect(() => new OrtBackend({ ...currentOptions(), channelBlock })).toThrow(/channelBlock .* does not work/);
  }
});

describe('too much memory', () => {
  const much = 2 ** 20;
  const cases: [string, () => tf.Tensor, RegExp][] = [
    ['a result', () => tf.matMul(pattern([much, 1]), pattern([1, much])), /BatchMatMul\[1048576,1\]\[1,1048576\]: .*not enough memory for .* \(4096\.0 GiB\)/],
    ['a constant', () => tf.fill([much, much], 2), /Fill\[1048576,1048576\]: .*not enough memory/],
    ['an intermediate result', () => tf.sum(tf.exp(tf.matMul(pattern([much, 1]), pattern([1, much])))), /Sum\[1048576,1048576\]: .*BatchMatMul\[1048576,1\]\[1,1048576\].*Failed to allocate memory.* 4398046511104/s],
  ]; // prettier-ignore
  it.each(cases)(
    'for %s is an error that names the operation, and the backend continues',
    async (_name, f, message) => {
      const ort = await restartOrt();
      const fine = tf.add(pattern([10]), 1);
      const result = tf.tidy(f);
      expect(() => result.dataSync()).toThrow(message);
      result.dispose();
      expect(fine.dataSync()).toHaveLength(10);
      expect(tf.exp(fine).dataSync()).toHaveLength(10);
      // Two tensors and an upload: the buffers of the failed run have been returned.
      expect(ort.memory()).toMatchObject({ usedBytes: 3 * 40, retiredBytes: 0 });
    },
  );
});

it('the error shows the call site of the failed operation, if the option is set', async () => {
  configure({ traceOrigins: true });
  await restartOrt();
  configure({ traceOrigins: undefined });
  const indices = tf.add(tf.tensor1d([98], 'int32'), tf.scalar(1, 'int32'));
  function unlucky() {
    return tf.gather(pattern([3, 2]), indices);
  }
  const later = tf.mul(unlucky(), 2);
  expect(() => later.dataSync()).toThrow(/operation that failed was called here:\n\s+at unlucky \(.*failure\.test\.ts/);
});
