import type { DenoiserNetwork, Method, TrainingTask } from '@onestep/diffusion-core';
import { EdmTrainingTask } from '@onestep/edm';
import { METHODS } from 'onestep';
import { givenData } from '../../test-support/given-data.js';
import { BATCH, GrayImages, smallNetwork } from './small-network.js';

/** A training that can be disposed of. */
export type SmallTraining = TrainingTask & { dispose(): void };

const RATE = 1e-3;

/** The trainings of small networks, by name: of a teacher, and of every method. All draws follow from the seed. */
export const SMALL_TRAININGS: Readonly<Record<string, (seed: number) => SmallTraining>> = {
  edm: (seed) => trainEdm(smallNetwork(seed), seed),
  ...Object.fromEntries(METHODS.map((method) => [method.name, (seed: number) => distill(method, seed)])),
};

/** Trains a denoiser on gray images. It takes ownership of the network. */
export function trainEdm(network: DenoiserNetwork, seed: number): SmallTraining {
  // The learning rate of the first step is 0 whatever the warmup, so a warmup that is over by the second.
  const options = { batch: BATCH, lr: RATE, lrWarmupKimg: 0, seed };
  return new EdmTrainingTask({ network, batches: new GrayImages(), options });
}

function distill(method: Method, seed: number): SmallTraining {
  const teacher = smallNetwork(1);
  // Gates open as early as they can.
  const wanted = { batch: BATCH, lr: RATE, glr: RATE, seed, studentFromKimg: 0, ganFromKimg: 0 };
  const options = Object.fromEntries(Object.entries(wanted).filter(([name]) => name in method.options));
  return method.create({ teacher, options, ...givenData(method, teacher, BATCH) });
}
