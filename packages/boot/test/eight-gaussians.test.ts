import { beforeAll, test } from 'vitest';
import { BootDistillation } from '@onestep/boot';
import { eightGaussians } from '@onestep/diffusion-core/toy';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

test('BOOT reaches a mixture of eight Gaussians, with every mode', async () => {
  const boot = new BootDistillation({
    ...{ teacher: eightGaussians(), student: trainedDenoiser() },
    options: {
      batch: 256,
      solver: 'exponential-heun',
      delta: 0.04,
      glr: 3e-3,
      emaHalflifeKimg: 30,
      emaRampUpRatio: 0.5,
    },
  });
  for (let i = 0; i < 3000; i++) await boot.step(i * boot.batchSize);
  await expectEightGaussians(boot.generator);
});
