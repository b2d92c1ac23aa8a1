import { beforeAll, test } from 'vitest';
import { NetworkGenerator } from '@onestep/diffusion-core';
import { SidDistillation } from '@onestep/sid';
import { startTestBackend } from '../../../test-support/backend.js';
import { eightGaussians, expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

test('SiD reaches a mixture of eight Gaussians, with every mode', async () => {
  const network = trainedDenoiser();
  const method = new SidDistillation({
    ...{ teacher: eightGaussians(), scoreNetwork: network.clone(), generator: new NetworkGenerator(network, 1) },
    options: { alpha: 1, batch: 256, lr: 1e-3, glr: 1e-3, emaRampUpRatio: 0.5 },
  });
  for (let i = 0; i < 2000; i++) await method.step(i * method.batchSize);
  await expectEightGaussians(method.generator);
});
