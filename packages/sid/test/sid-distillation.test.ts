import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { defaultsOf, GaussianDenoiser } from '@onestep/diffusion-core';
import { sid, type SidOptions, SID_OPTIONS } from '@onestep/sid';

beforeAll(async () => void (await tf.setBackend('cpu')));

const teacher = () => new GaussianDenoiser({ imgResolution: 4, imgChannels: 3, mean: 0.4, std: 0.5 });
const OPTIONS = { batch: 12, lr: 1e-2, glr: 1e-2, emaHalfLifeKimg: 0.1, seed: 3 };
const method = (options: Partial<SidOptions> = {}) =>
  sid.create({ teacher: teacher(), options: { ...OPTIONS, ...options } });

async function steps(distillation: ReturnType<typeof method>, from: number, to: number) {
  const stats = [];
  for (let i = from; i < to; i++) stats.push(await distillation.step(i * distillation.batchSize));
  return stats;
}

describe('sid', () => {
  test('starts from the teacher', async () => {
    const distillation = method();
    const weights = await teacher().module.stateDict();
    expect(await distillation.student.module.stateDict()).toEqual(weights);
    expect(await distillation.fakeScore.module.stateDict()).toEqual(weights);
    expect((await distillation.snapshot()).tensors).toEqual(weights);
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
    await expect(resumed.restore({ tensors, values: { method: 'boot' } })).rejects.toThrow(
      'was saved by boot, not sid',
    );
  });

  test('keeps no tensors from step to step, and none after it is disposed of', async () => {
    const network = teacher();
    const before = tf.memory().numTensors;
    const distillation = sid.create({ teacher: network, options: { ...OPTIONS, batchGpu: 4 } });
    await steps(distillation, 0, 1);
    const after = tf.memory().numTensors;
    await steps(distillation, 1, 4);
    expect(tf.memory().numTensors).toBe(after);
    distillation.dispose();
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

describe('options of SiD', () => {
  test('are the published ones where nothing is given', () => {
    expect(sid.settle({})).toEqual(defaultsOf(SID_OPTIONS));
    expect(method({ batch: 12, batchGpu: 100 }).uploads.microBatches).toMatchObject({ size: 12, count: 1 });
  });

  test('says what is wrong', () => {
    expect(() => method({ batch: 64, batchGpu: 48 })).toThrow('64 images cannot be split into micro-batches of 48');
    expect(() => sid.settle({ tmax: 2000 })).toThrow('tmax must be a number above 0 and at most 1000, not 2000');
    expect(() => sid.settle({ initSigma: 0 })).toThrow('initSigma must be a number above 0');
    expect(() => sid.settle({ gBeta1: 1 })).toThrow('gBeta1 must be a number of at least 0 and below 1');
    expect(() => sid.settle({ batch: 0 })).toThrow('batch must be a whole number from 1');
  });
});
