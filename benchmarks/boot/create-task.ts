import { NetworkGenerator, type DistillationMethod } from '@onestep/diffusion-core';
import { METHODS } from 'onestep';
import type { Bench } from './cells.js';
import type { Variant } from './experiments.js';
import { predicting } from './predicting-teachers.js';

/** Starts the training of a variant with a seed. */
export function createTask(variant: Variant, seed: number, { teacher, perceptual }: Bench): DistillationMethod {
  const method = METHODS.find(({ name }) => name === variant.method)!;
  const options = { ...method.presets.small!.options, ...variant.options, seed };
  const { network } = teacher;
  if (variant.teacher === undefined) return method.create({ teacher: network, perceptual, options });
  // A function has no weights to copy: the student starts from those of the network behind it.
  const generator = new NetworkGenerator(network.clone(), Number(options.initSigma));
  const converted = predicting(variant.teacher, network);
  return method.create({ teacher: converted, generator, labels: network.labels, perceptual, options });
}
