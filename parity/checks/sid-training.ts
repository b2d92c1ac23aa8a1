import { sid, sidGeneratorLoss, sidSigmas, type SidOptions } from '@onestep/sid';
import type { Check, FixtureFile } from '../check.js';
import { compareTraining, trainingSettings, type TrainedMethod } from './distillation-training.js';

/** Some iterations of SiD. */
export const sidTraining: Check = {
  name: 'sid',
  recognizes: ({ tensors, metadata }) =>
    'iter0.generator_loss' in tensors && ['alpha', 'tmax', 'init_sigma'].every((name) => name in metadata),
  compare: (file) => compareTraining(file, trainSid(file)),
};

function trainSid(file: FixtureFile): TrainedMethod<SidOptions> {
  const { number, options } = trainingSettings(file);
  const [alpha, tmax] = [number('alpha'), number('tmax')];
  const own = { alpha, tmax, ls: number('loss_scale_score'), lsg: number('loss_scale_generator') };
  return {
    create: (teacher) => sid.create({ teacher, options: { ...options, ...own } }),
    generatorSigmas: (draw) => sidSigmas(draw, tmax),
    generatorLoss: (inputs) => sidGeneratorLoss({ ...inputs, alpha }).loss,
  };
}
