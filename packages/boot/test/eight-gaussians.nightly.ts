import { beforeAll, it } from 'vitest';
import { boot } from '@onestep/boot';
import { NetworkGenerator } from '@onestep/diffusion-core';
import { eightGaussians } from '@onestep/diffusion-core/toy';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

it('BOOT reaches a mixture of eight Gaussians, with every mode', async () => {
  const distillation = boot.create({
    teacher: eightGaussians(),
    generator: new NetworkGenerator(trainedDenoiser(), 2.5),
    options: {
      batch: 256,
      solver: 'exponential-heun',
      delta: 0.04,
      glr: 3e-3,
      emaHalfLifeKimg: 30,
      emaRampUpRatio: 0.5,
    },
  });
  for (let i = 0; i < 3000; i++) await distillation.step(i * distillation.batchSize);
  await expectEightGaussians(distillation.generator);
});
