import * as tf from '@tensorflow/tfjs-core';
import { diffInstruct, integralKlLoss, type DiffInstructOptions } from '@onestep/diff-instruct';
import { logNormalSigmas } from '@onestep/diffusion-core';
import type { Check, FixtureFile } from '../check.js';
import { compareTraining, trainingSettings, type TrainedMethod } from './distillation-training.js';

/** Some iterations of Diff-Instruct. */
export const diffInstructTraining: Check = {
  name: 'diff-instruct',
  recognizes: ({ tensors, metadata }) =>
    'iter0.generator_loss' in tensors && 'init_sigma' in metadata && !('alpha' in metadata),
  compare: (file) => compareTraining(file, trainDiffInstruct(file)),
};

function trainDiffInstruct(file: FixtureFile): TrainedMethod<DiffInstructOptions> {
  const { options } = trainingSettings(file);
  return {
    create: (teacher) => diffInstruct.create({ teacher, options }),
    generatorSigmas: (draw) => logNormalSigmas(draw),
    sharesLabels: true,
    // The published loss of a sample is the sum over its pixels.
    generatorLoss: (inputs) => tf.sum(integralKlLoss(inputs).loss, [1, 2, 3]),
  };
}
