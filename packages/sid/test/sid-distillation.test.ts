import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { sidOptions, SID_DEFAULTS, SidDistillation, type SidOptions } from '@onestep/sid';

beforeAll(async () => void (await tf.setBackend('cpu')));

const teacher = () => new GaussianDenoiser({ imgResolution: 4, imgChannels: 3, mean: 0.4, std: 0.5 });
const OPTIONS = { batch: 12, lr: 1e-2, glr: 1e-2, emaHalflifeKimg: 0.1, seed: 3 };
const method = (options: Partial<SidOptions> = {}) =>
  new SidDistillation({ teacher: teacher(), options: { ...OPTIONS, ...options } });

async function steps(sid: SidDistillation, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await sid.step(i * sid.batchSize));
  return stats;
}

describe('SidDistillation', () => {
  test('starts from the teacher', async () => {
    const sid = method();
    const weights = await teacher().module.stateDict();
    expect(await sid.student.module.stateDict()).toEqual(weights);
    expect(await sid.fakeScore.module.stateDict()).toEqual(weights);
    expect((await sid.snapshot()).tensors).toEqual(weights);
  });

  test('says what each step did', async () => {
    const [first] = await steps(method(), 0, 1);
    expect(Object.keys(first!)).toEqual([
      'fake_score_Loss/loss',
      'G_Loss/loss',
      'Score_gap',
      'Teacher_distance',
      'Loss_weight',
      'NaN_samples',
    ]);
    expect(Object.values(first!).every(Number.isFinite)).toBe(true);
  });

  test('gives the same with a batch in several rounds as in one', async () => {
    const [whole, rounds] = [method(), method({ batchGpu: 3 })];
    const [wholeStats, roundsStats] = [await steps(whole, 0, 3), await steps(rounds, 0, 3)];
    wholeStats.forEach((stats, i) =>
      Object.entries(stats).forEach(([name, value]) => {
        expect(Math.abs(roundsStats[i]![name]! - value)).toBeLessThan(1e-4 * (1 + Math.abs(value)));
      }),
    );
    const [a, b] = [(await whole.state()).tensors, (await rounds.state()).tensors];
    for (const [name, { data }] of Object.entries(a)) {
      data.forEach((value, i) => expect(Number(b[name]!.data[i])).toBeCloseTo(Number(value), 3));
    }
  });

  test('continues exactly from its state', async () => {
    const whole = method();
    await steps(whole, 0, 4);
    const state = JSON.stringify((await whole.state()).values);
    const { tensors } = await whole.state();
    const later = await steps(whole, 4, 7);

    const resumed = method();
    await resumed.restore({ tensors, values: JSON.parse(state) as Record<string, unknown> });
    expect(await steps(resumed, 4, 7)).toEqual(later);
    expect(await resumed.state()).toEqual(await whole.state());
    await expect(resumed.restore({ tensors, values: { method: 'boot' } })).rejects.toThrow('another method');
  });

  test('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const network = teacher();
    const before = tf.memory().numTensors;
    const sid = new SidDistillation({ teacher: network, options: { ...OPTIONS, batchGpu: 4 } });
    await steps(sid, 0, 1);
    const after = tf.memory().numTensors;
    await steps(sid, 1, 4);
    expect(tf.memory().numTensors).toBe(after);
    sid.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a snapshot says what it takes to use it', async () => {
    const { metadata } = await method({ alpha: 1 }).snapshot();
    expect(JSON.parse(metadata.onestep!)).toEqual({
      ...teacher().settings,
      generator: { method: 'sid', initSigma: 2.5, alpha: 1 },
    });
  });
});

describe('sidOptions', () => {
  test('are the published ones where nothing is given', () => {
    expect(sidOptions({})).toEqual(SID_DEFAULTS);
    expect(sidOptions({ batch: 64 }).batchGpu).toBe(64);
    expect(sidOptions({ batch: 64, batchGpu: 100 }).batchGpu).toBe(64);
  });

  test('says what is wrong', () => {
    expect(() => sidOptions({ batch: 64, batchGpu: 48 })).toThrow('64 cannot be worked through 48 images at a time');
    expect(() => sidOptions({ tmax: 2000 })).toThrow('tmax must be above 0 and at most 1000, not 2000');
    expect(() => sidOptions({ initSigma: 0 })).toThrow('init_sigma must be positive');
    expect(() => sidOptions({ gBeta1: 1 })).toThrow('g_beta1');
    expect(() => sidOptions({ batch: 0 })).toThrow('1 or more images, not 0');
  });
});
