import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { sida } from '@onestep/sid';
import { startTestBackend } from '../../../../test-support/backend.js';
import { conditionalNetwork } from '../../../../test-support/conditional-network.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { CountedImages, iterate, start } from './sida.js';

beforeAll(startTestBackend);

describe('SiDA', () => {
  // The student's gate opens with the third iteration, the discriminator's weight comes with the fifth.
  it.each([
    [1, 4],
    [2, 2],
    [4, 2],
    [6, 4],
  ])('resumes exactly after %i iterations, in micro-batches of %i', async (interrupted, batchGpu) => {
    const whole = start({ batchGpu });
    await iterate(whole, 0, interrupted);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as typeof values;
    const later = await iterate(whole, interrupted, interrupted + 5);
    const resumed = start({ batchGpu, seed: 99 });
    await resumed.restore({ tensors, values: copy });
    expect(await iterate(resumed, interrupted, interrupted + 5)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
  });

  it('has the same gradients in micro-batches as at once, with the means over the batch and with dropout', async () => {
    const gradients = async (batchGpu: number) => {
      const teacher = conditionalNetwork({ channelMult: [1], attnResolutions: [] });
      const gates = { studentFromKimg: 0, ganFromKimg: 0, lsgGan: 1, lsd: 10 };
      const options = { batch: 4, batchGpu, lr: 1e-4, glr: 1e-4, ...gates };
      const split = sida.create({ teacher, data: new CountedImages(4, 64), options });
      const stats = (await split.step(4)) as Record<string, number>;
      const { tensors } = await split.state();
      return {
        stats,
        moments: Object.entries(tensors).filter(([name]) => /optimizer.exp_avg\..*(conv)/.test(name)),
      };
    };
    const whole = await gradients(4);
    expect(whole.moments.length).toBeGreaterThan(20);
    const parts = await gradients(2);
    for (const [i, [name, { data }]] of parts.moments.entries()) {
      // Real and generated images all but cancel in the gradients of some biases.
      expect(relativeError(data as Float32Array, whole.moments[i]![1].data as Float32Array), name).toBeLessThan(5e-3);
    }
    for (const network of ['fake_score', 'g']) {
      const all = ({ moments }: typeof whole) =>
        moments.filter(([name]) => name.startsWith(network)).flatMap(([, { data }]) => [...(data as Float32Array)]);
      expect(relativeError(all(parts), all(whole)), network).toBeLessThan(1e-5);
    }
    for (const [name, value] of Object.entries(whole.stats)) {
      expect(Math.abs(parts.stats[name]! - value), name).toBeLessThanOrEqual(1e-4 * Math.abs(value));
    }
  });

  it('keeps no tensors from step to step', async () => {
    const run = start({ batchGpu: 2 });
    await iterate(run, 0, 5);
    const { numTensors } = tf.memory();
    await iterate(run, 5, 6);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
