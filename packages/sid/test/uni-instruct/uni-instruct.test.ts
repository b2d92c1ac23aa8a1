import { beforeAll, describe, expect, it } from 'vitest';
import { GaussianDenoiser, needsOf } from '@onestep/diffusion-core';
import { MaskRng } from '@onestep/random';
import { sid, uniInstruct, type UniInstructOptions } from '@onestep/sid';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { CountedImages, iterate, teacher } from '../sida/sida.js';

beforeAll(startTestBackend);
describeMethodValue(uniInstruct);

/** Batches of 4: the student learns from the third iteration on, with the ratio from the fifth on. */
const start = (options: Partial<UniInstructOptions> = {}) =>
  uniInstruct.create({
    teacher: teacher(),
    data: new CountedImages(4),
    options: {
      ...{ batch: 4, lr: 1e-3, glr: 1e-3, seed: 5, emaHalfLifeKimg: 0.01, lsgGan: 1 },
      ...{ studentFromKimg: 0.004, ganFromKimg: 0.012, ...options },
    },
  });

describe('the student’s gradient', () => {
  const random = (n: number, seed: number) => Float32Array.from({ length: n }, (_, i) => Math.sin(seed + 12.9 * i));

  /** The student's gradient on given noise, as one list of numbers. */
  async function gradient(method: typeof sid | typeof uniInstruct, options: object, batch: number, imagesSeen = 1e6) {
    // Another network than the teacher, so that there is a gradient.
    const args = { teacher: teacher(), fakeScore: teacher(2), data: new CountedImages(batch) };
    const run = (method as typeof uniInstruct).create({ ...args, options: { batch, ...options } });
    const draws = {
      ...{ z: random(4 * batch, 1), sigma: Float32Array.of(0.1, 0.5, 2, 10).slice(0, batch) },
      ...{ noise: random(4 * batch, 2), classes: Int32Array.of(0, 1, 2, 0).slice(0, batch) },
      ...{ masks: new MaskRng([0, 0]), further: {} },
    };
    const uploaded = run.uploads.upload('generator', draws, { imagesSeen, iteration: 0 });
    const { grads } = run.gradients('generator', uploaded as never);
    return (await Promise.all(grads.map(async (grad) => [...(await grad.data())]))).flat();
  }

  it('is that of its base, SiD with alpha 1, where the ratio is 1, and before the gate', async () => {
    const base = await gradient(sid, { alpha: 1 }, 4);
    expect(base.some((value) => value !== 0)).toBe(true);
    const one = { ratioLower: 1, ratioUpper: 1, lsgGan: 0 };
    expect(relativeError(await gradient(uniInstruct, { ...one, divergence: 'kl' }, 4), base)).toBeLessThan(1e-6);
    expect(await gradient(uniInstruct, { divergence: 'chi2' }, 4, 200_000)).toEqual(base);
    expect(await gradient(uniInstruct, { divergence: 'rkl' }, 4)).toEqual(base);
  });

  it('is that of its base times the factor of each image', async () => {
    const [base, kl, js] = [
      await gradient(sid, { alpha: 1 }, 1),
      await gradient(uniInstruct, { divergence: 'kl', lsgGan: 0 }, 1),
      await gradient(uniInstruct, { divergence: 'js', lsgGan: 0 }, 1),
    ];
    const at = base.findIndex((value) => Math.abs(value) > 1e-3);
    const r = kl[at]! / base[at]!;
    expect(Math.abs(r - 1)).toBeGreaterThan(1e-3);
    const times = (factor: number) => base.map((value) => factor * value);
    expect(relativeError(kl, times(r))).toBeLessThan(1e-5);
    expect(relativeError(js, times(r / (r + 1)))).toBeLessThan(1e-5);
  });

  it('has the discriminator’s term in addition', async () => {
    const part = (lsg: number, lsgGan: number) => gradient(uniInstruct, { lsg, lsgGan }, 4);
    const [ratio, both] = [await part(1, 0), await part(1, 0.5)];
    const gan = both.map((value, i) => value - ratio[i]!);
    expect(relativeError(ratio, both)).toBeGreaterThan(1e-3);
    const twice = (await part(1, 1)).map((value, i) => value - ratio[i]!);
    expect(relativeError(twice, gan.map((value) => 2 * value))).toBeLessThan(1e-4); // prettier-ignore
  });
});

describe('with the divergence rkl', () => {
  it('is SiD with alpha 1, bit by bit, and needs no images', async () => {
    expect(needsOf(uniInstruct)).toEqual(['images']);
    expect(needsOf(uniInstruct, uniInstruct.settle({ divergence: 'rkl' }))).toEqual([]);
    const options = { batch: 4, lr: 1e-3, glr: 1e-3 };
    const expected = sid.create({ teacher: teacher(), options: { ...options, alpha: 1 } });
    const run = uniInstruct.create({ teacher: teacher(), options: { ...options, divergence: 'rkl' } });
    const { tensors, values } = await expected.state();
    await run.restore({ tensors, values: { ...values, method: 'uni-instruct' } });
    for (const imagesSeen of [0, 4, 300_000]) {
      expect(await run.step(imagesSeen)).toEqual(await expected.step(imagesSeen));
    }
    expect((await run.state()).tensors).toEqual((await expected.state()).tensors);
  });
});

describe('Uni-Instruct', () => {
  it.each([2, 4])('is the same in micro-batches of %i, and resumes exactly', async (batchGpu) => {
    const run = start({ batchGpu });
    const stats = (await iterate(run as never, 0, 6)).at(-1)!;
    const expected = (await iterate(start() as never, 0, 6)).at(-1)!;
    for (const [name, value] of Object.entries(expected)) {
      expect(Math.abs(stats[name]! - value), name).toBeLessThanOrEqual(1e-4 * Math.abs(value));
    }
    const { tensors, values } = await run.state();
    const resumed = start({ batchGpu, seed: 99 });
    await resumed.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as typeof values });
    expect(await iterate(resumed as never, 6, 8)).toEqual(await iterate(run as never, 6, 8));
    expect(await resumed.state()).toEqual(await run.state());
  });

  it('waits with the student until its gate', async () => {
    const [second, third] = (await iterate(start() as never, 0, 3)).slice(1);
    expect(Object.keys(second!)).toEqual(['fake_score_Loss/loss', 'D_Loss/loss']);
    expect(third).toHaveProperty('G_Loss/loss');
  });

  it('refuses a fake score network without an encoder, unless it needs none', () => {
    const gaussian = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 1 });
    expect(() => uniInstruct.create({ teacher: gaussian })).toThrow(/no.*divergence must be rkl/);
    expect(() => uniInstruct.create({ teacher: gaussian, options: { divergence: 'rkl' } })).not.toThrow();
  });
});
