import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { connectPorts, PortCommunicator, takePart } from '@onestep/diffusion-core';
import type { GanTrainingTask } from '@onestep/stylegan2';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { iterate, tinyGan } from './tiny-gan.js';

beforeAll(startTestBackend);

/** Both regularizations come twice in four iterations, and the augmentation's probability changes twice. */
const OFTEN = { gRegInterval: 2, dRegInterval: 3, adaInterval: 2, adaKimg: 0.02 };

describe('GanTrainingTask', () => {
  it('resumes exactly, with some images of the batch at once', async () => {
    const args = { labelDim: 2, choices: { aug: 'ada' } as const, options: { ...OFTEN, batchGpu: 2, augmentP: 0.4 } };
    const whole = tinyGan(args);
    await iterate(whole, 0, 3);
    const { tensors, values } = await whole.state();
    const copy = JSON.parse(JSON.stringify(values)) as typeof values;
    const later = await iterate(whole, 3, 7);
    const resumed = tinyGan(args);
    await resumed.restore({ tensors, values: copy });
    expect(await iterate(resumed, 3, 7)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
    expect(whole.ada.p).not.toBe(0.4);
  });

  it('computes the same in two processes as in one, and both have the same state', async () => {
    const args = { choices: { batch: 4 }, options: { ...OFTEN, batchGpu: 2, plWeight: 0 } };
    const tasks: GanTrainingTask[] = [];
    const states = await Promise.all(
      connectPorts(2).map(async (member) => {
        const task = tinyGan({ ...args, communicator: new PortCommunicator(member) });
        tasks.push(task);
        return [await iterate(task, 0, 4), (await task.state()).tensors] as const;
      }),
    );
    expect(states[1]).toEqual(states[0]);
    const alone = tinyGan(args);
    const stats = await iterate(alone, 0, 4);
    expect(Object.keys(states[0]![0][0]!)).toEqual(Object.keys(stats[0]!));
    const { tensors } = await alone.state();
    for (const [name, { data }] of Object.entries(takePart(tensors, 'D'))) {
      const shared = takePart(states[0]![1], 'D')[name]!.data;
      expect(relativeError(shared as Float32Array, data as Float32Array), name).toBeLessThan(1e-3);
    }
    // Each process moves the mean of w by its own images once, one process by all of them twice.
    expect(takePart(tensors, 'G')['mapping.w_avg']!.data).not.toEqual(
      takePart(states[0]![1], 'G')['mapping.w_avg']!.data,
    );
  });

  it('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const before = tf.memory().numTensors;
    const task = tinyGan({ options: { batchGpu: 2 } });
    await iterate(task, 0, 2);
    const after = tf.memory().numTensors;
    await iterate(task, 2, 5);
    expect(tf.memory().numTensors).toBe(after);
    task.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});
