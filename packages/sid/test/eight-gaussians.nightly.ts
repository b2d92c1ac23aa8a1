import { beforeAll, it } from 'vitest';
import { NetworkGenerator } from '@onestep/diffusion-core';
import { sid } from '@onestep/sid';
import { eightGaussians } from '@onestep/diffusion-core/toy';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

// alpha = 0.5 is the exact gradient once f_psi has converged, and does not have the spikes that larger ones have at such rates.
it('SiD reaches a mixture of eight Gaussians, with every mode', async () => {
  const network = trainedDenoiser(1500, 128);
  const method = sid.create({
    teacher: eightGaussians(),
    fakeScore: network.clone(),
    generator: new NetworkGenerator(network, 1),
    options: { alpha: 0.5, batch: 256, lr: 3e-3, glr: 5e-4, emaRampUpRatio: 0.5 },
  });
  for (let i = 0; i < 1500; i++) await method.step(i * method.batchSize);
  await expectEightGaussians(method.generator);
});
