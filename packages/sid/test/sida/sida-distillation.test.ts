import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { startTestBackend } from '../../../../test-support/backend.js';
import { expectSameInMicroBatches } from './micro-batches.js';
import { iterate, start, teacher } from './sida.js';

beforeAll(startTestBackend);

describe('SiDA', () => {
  // The student's gate opens with the third iteration, the discriminator's weight comes with the fifth.
  it.each([
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

  it('is the same in micro-batches as at once, with the means over the batch', () =>
    expectSameInMicroBatches(teacher, () => teacher(2)));

  it('keeps no tensors from step to step', async () => {
    const run = start({ batchGpu: 2 });
    await iterate(run, 0, 5);
    const { numTensors } = tf.memory();
    await iterate(run, 5, 6);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
