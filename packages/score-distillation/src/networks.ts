import {
  checkAugmentation,
  checkSameImages,
  checkTrainable,
  copyTeacher,
  NetworkGenerator,
  type DenoiserNetwork,
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
  const student = generator && checkTrainable(generator, teacher);
  const fakeScore = given ?? copyTeacher(teacher, 'fakeScore');
  checkAugmentation(augmentation, fakeScore);
  return { fakeScore, student: student ?? new NetworkGenerator(copyTeacher(teacher, 'generator'), initSigma) };
}
