import { beforeAll, expect, it } from 'vitest';
import { GaussianDenoiser } from '@onestep/diffusion-core';
import { sida } from '@onestep/sid';
import { startTestBackend } from '../../../../test-support/backend.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';

beforeAll(startTestBackend);
describeMethodValue(sida);

it('has the published settings, and those of SiD²A with the student that it starts from', () => {
  const { presets } = sida;
  const uncond = presets['cifar10-uncond']!;
  expect(sida.settle(uncond.options)).toMatchObject({
    ...{ alpha: 1, batch: 256, batchGpu: 32, lr: 1e-5, glr: 1e-5, gBeta1: 0, tmax: 800, initSigma: 2.5 },
    ...{ ls: 1, lsg: 100, lsd: 1, lsgGan: 0.01, useGan: true, studentFromKimg: 100, ganFromKimg: 200 },
  });
  expect(uncond).toMatchObject({ augment: 0.12, dropout: 0.13, totalKimg: 300_000, teacher: 'cifar10-uncond' });
  for (const teacher of ['cifar10-uncond', 'cifar10-cond', 'imagenet64-cond', 'ffhq64', 'afhq64-v2'] as const) {
    const { about: _, transfer, ...second } = presets[`${teacher}-sid2a`]!;
    expect(transfer).toMatch(/^https:.*\/network-snapshot-1\.\d+-\d+\.pkl$/);
    const { about: _about, totalKimg, ...first } = presets[teacher]!;
    expect(second).toEqual({ ...first, totalKimg: 100_000 });
    expect(totalKimg).toBeGreaterThan(100_000);
    expect(first.options.alpha).toBe(1);
  }
  expect(presets['imagenet64-cond']).toMatchObject({ augment: 0, fp16: true, options: { batch: 8192, lr: 4e-6 } });
  expect(presets.ffhq64!.options.gBeta1).toBeUndefined();
  expect(presets['afhq64-v2']!.options).toMatchObject({ batch: 512, batchGpu: 64, lr: 5e-6, glr: 5e-6 });
});

it('refuses a fake score network without an encoder, unless there is no discriminator', () => {
  const teacher = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 1 });
  expect(() => sida.create({ teacher })).toThrow(/encoder of the fake score network.*useGan must be false/);
  expect(() => sida.create({ teacher, options: { useGan: false } })).not.toThrow();
});
