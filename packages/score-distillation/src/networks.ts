import {
  checkAugmentation,
  checkSameImages,
  copyTeacher,
  NetworkGenerator,
  type DenoiserNetwork,
  type Generator,
  type MethodArgs,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import type { ScoreOptions } from './options.js';

/**
 * The networks that learn: those given, or copies of the teacher.
 *
 * @throws RangeError if the teacher cannot be copied, or the networks do not fit each other
 */
export function createNetworks<O extends ScoreOptions>(
  { teacher, generator, fakeScore: given, augmentation = null }: MethodArgs<O>,
  { initSigma }: O,
): { student: TrainableGenerator; fakeScore: DenoiserNetwork } {
  if (given !== undefined) checkSameImages('fake score network', given, teacher);
  if (generator !== undefined) {
    checkSameImages('generator', generator, teacher);
    if (!isTrainable(generator)) {
      throw new RangeError('This generator takes more than noise and labels: only the method that made it trains it.');
    }
  }
  const fakeScore = given ?? copyTeacher(teacher, 'fakeScore');
  checkAugmentation(augmentation, fakeScore);
  return { fakeScore, student: generator ?? new NetworkGenerator(copyTeacher(teacher, 'generator'), initSigma) };
}

function isTrainable(generator: Generator): generator is TrainableGenerator {
  return 'module' in generator && 'settings' in generator && 'clone' in generator;
}
