import { beforeAll, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { NetworkGenerator } from '@onestep/diffusion-core';
import { eightGaussians } from '@onestep/diffusion-core/toy';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

it('Diff-Instruct reaches a mixture of eight Gaussians, with every mode', async () => {
  const network = trainedDenoiser(1500, 128);
  const method = diffInstruct.create({
    teacher: eightGaussians(),
    fakeScore: network.clone(),
    generator: new NetworkGenerator(network, 1),
    options: { batch: 256, lr: 5e-3, glr: 5e-4, emaRampUpRatio: 0.5 },
  });
  for (let i = 0; i < 1500; i++) await method.step(i * method.batchSize);
  await expectEightGaussians(method.generator);
});
