import { beforeAll, it } from 'vitest';
import { NetworkGenerator, type Method, type OptionTable } from '@onestep/diffusion-core';
import { eightGaussians, pointBatches } from '@onestep/diffusion-core/toy';
import { dmd2, fDistill } from '@onestep/dmd2';
import { startTestBackend } from '../../../test-support/backend.js';
import { expectEightGaussians, trainedDenoiser } from '../../../test-support/eight-gaussians.js';

beforeAll(startTestBackend);

/** The preset with a third of its learning rates, for the end of a run. */
async function distill<T extends OptionTable>(method: Method<T>, preset: string): Promise<void> {
  const network = trainedDenoiser(1500, 128);
  const given = method.presets[preset]!.options;
  const options = { ...given, lr: 3e-3, glr: 5e-4 } as typeof given;
  const { batch } = method.settle(options);
  const run = method.create({
    teacher: eightGaussians(),
    fakeScore: network.clone(),
    generator: new NetworkGenerator(network, 1),
    data: pointBatches(batch as number, 0),
    options,
  });
  for (let i = 0; i < 1500; i++) await run.step(i * run.batchSize);
  await expectEightGaussians(run.generator);
}

it.each(['toy', 'toy-gan'])('DMD2 reaches a mixture of eight Gaussians, with every mode: %s', (preset) =>
  distill(dmd2, preset),
);

it('f-distill reaches a mixture of eight Gaussians, with every mode', () => distill(fDistill, 'toy'));
