import { beforeAll, describe, expect, it } from 'vitest';
import { MaskRng } from '@onestep/random';
import { sid, sida } from '@onestep/sid';
import { startTestBackend } from '../../../../test-support/backend.js';
import { iterate, start, teacher } from './sida.js';

beforeAll(startTestBackend);

describe('before its gate', () => {
  it('the student and its optimizer stay as they are, and the fake score network learns', async () => {
    const run = start();
    const before = (await run.state()).tensors;
    // The gate is at 4 images and strict: it opens with the third iteration.
    const stats = await iterate(run, 0, 2);
    const after = (await run.state()).tensors;
    const changed = Object.keys(after).filter((name) => after[name]!.data.some((v, i) => v !== before[name]!.data[i]));
    const parts = new Set(changed.map((name) => name.split('.')[0]));
    expect(parts).toEqual(new Set(['fake_score', 'fake_score_optimizer']));
    expect(Object.keys(stats[1]!)).toEqual(['fake_score_Loss/loss', 'D_Loss/loss']);
    const [third] = await iterate(run, 2, 3);
    expect(third).toHaveProperty('G_Loss/loss');
    expect((await run.state()).tensors['g_optimizer.step']!.data[0]).toBe(1);
  });
});

it('clips each element of the fake score network’s gradients to 1', async () => {
  const largest = async (options: object) => {
    const run = start({ ls: 1e6, ...options });
    await run.step(0);
    const { tensors } = await run.state();
    // Adam's first moment is the gradient, without momentum.
    const moments = Object.entries(tensors).filter(([name]) => name.startsWith('fake_score_optimizer.exp_avg.'));
    return Math.max(...moments.flatMap(([, { data }]) => [...(data as Float32Array)].map(Math.abs)));
  };
  expect(await largest({})).toBe(1);
  expect(await largest({ useGan: false })).toBeGreaterThan(100);
});

describe('without a discriminator', () => {
  it('is SiD, bit by bit, without images', async () => {
    const options = { batch: 4, lr: 1e-3, glr: 1e-3, alpha: 1 };
    const expected = sid.create({ teacher: teacher(), options });
    const run = sida.create({ teacher: teacher(), options: { ...options, useGan: false } });
    const { tensors, values } = await expected.state();
    await run.restore({ tensors, values: { ...values, method: 'sida' } });
    // The last one is past both of the published gates.
    for (const imagesSeen of [0, 4, 300_000]) {
      expect(await run.step(imagesSeen)).toEqual(await expected.step(imagesSeen));
    }
    expect((await run.state()).tensors).toEqual((await expected.state()).tensors);
  });
});

describe('the student’s gradient where the discriminator weighs nothing', () => {
  it('is SiD’s before the gate, bit by bit, and half of it after', async () => {
    const options = { batch: 4, alpha: 1.2 };
    const data = { next: () => Promise.reject(new Error()), state: () => null, restore: () => undefined };
    // Another network than the teacher, so that there is a gradient.
    const fakeScore = () => teacher(2);
    const plain = sid.create({ teacher: teacher(), fakeScore: fakeScore(), options });
    const gated = sida.create({ teacher: teacher(), fakeScore: fakeScore(), options: { ...options, lsgGan: 0 }, data });
    const random = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed + 12.9 * i));
    const draws = {
      ...{ z: random(16, 1), sigma: Float32Array.of(0.1, 0.5, 2, 10), noise: random(16, 2) },
      ...{ classes: Int32Array.of(0, 1, 2, 0), masks: new MaskRng([0, 0]), further: {} },
    };
    const gradient = async (run: typeof plain | typeof gated, imagesSeen: number) => {
      const progress = { imagesSeen, iteration: 0 };
      const { grads } = run.gradients('generator', run.uploads.upload('generator', draws, progress) as never);
      return Promise.all(grads.map(async (grad) => [...(await grad.data())]));
    };
    const expected = await gradient(plain, 0);
    expect(expected.flat().some((value) => value !== 0)).toBe(true);
    // 200,000 images are not more than 200,000.
    expect(await gradient(gated, 200_000)).toEqual(expected);
    expect(await gradient(gated, 200_001)).toEqual(expected.map((values) => values.map((value) => value / 2)));
  });
});
