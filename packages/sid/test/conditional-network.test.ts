import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadNetwork } from '@onestep/edm';
import { sid, type SidOptions } from '@onestep/sid';
import { startTestBackend } from '../../../test-support/backend.js';
import { conditionalNetwork } from '../../../test-support/conditional-network.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const method = (options: Partial<SidOptions> = {}) =>
  sid.create({ teacher: conditionalNetwork(), options: { batch: 4, lr: 1e-3, glr: 1e-3, ...options } });

describe('SiD of a class-conditional network with dropout', () => {
  it('resumes exactly from its state, dropout masks included', async () => {
    const whole = method({ batchGpu: 2 });
    await whole.step(0);
    const { tensors, values } = await whole.state();
    const expected = await whole.step(4);
    const resumed = method({ batchGpu: 2 });
    await resumed.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as Record<string, unknown> });
    expect(await resumed.step(4)).toEqual(expected);
    expect(await resumed.state()).toEqual(await whole.state());
  });

  it('has the same gradients in micro-batches as at once, dropout masks included', async () => {
    const gradients = async (batchGpu: number) => {
      const split = method({ batchGpu });
      await split.step(0);
      const { tensors } = await split.state();
      return Object.entries(tensors).filter(([name]) => /optimizer.*(conv|affine)/.test(name));
    };
    const whole = await gradients(4);
    expect(whole.length).toBeGreaterThan(20);
    for (const [i, [name, { data }]] of (await gradients(1)).entries()) {
      expect(relativeError(data as Float32Array, whole[i]![1].data as Float32Array), name).toBeLessThan(1e-4);
    }
  });

  it('trains what it should and leaves the teacher alone', async () => {
    const teacher = conditionalNetwork();
    const before = await teacher.stateDict();
    const distillation = sid.create({ teacher, options: { batch: 4, lr: 1e-3, glr: 1e-3 } });
    await distillation.step(0);
    expect(await teacher.stateDict()).toEqual(before);
    const changed = async ({ module }: { module: { stateDict: () => Promise<typeof before> } }) =>
      Object.entries(await module.stateDict()).filter(([name, { data }]) =>
        data.some((v, i) => v !== before[name]!.data[i]),
      );
    const parameters = teacher.namedParameters().size;
    expect((await changed(distillation.fakeScore)).length).toBe(parameters);
    expect((await changed(distillation.student)).length).toBe(parameters);
  });

  it('gives a snapshot that the network package reads', async () => {
    const distillation = method();
    await distillation.step(0);
    const loaded = loadNetwork(await distillation.snapshot());
    expect(await loaded.stateDict()).toEqual((await distillation.snapshot()).tensors);
  });

  it('refuses probabilities for another number of classes', () => {
    expect(() => method({ classProbabilities: [0.5, 0.5] })).toThrow(
      'classProbabilities has length 2, and this network has 3 classes',
    );
  });

  it('keeps no tensors from step to step', async () => {
    const distillation = method();
    await distillation.step(0);
    const { numTensors } = tf.memory();
    await distillation.step(4);
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
