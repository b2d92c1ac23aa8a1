import {
  checkAugmentation,
  checkSameImages,
  checkTrainable,
  copyTeacher,
  guidanceOf,
  guideDenoiser,
  NetworkGenerator,
  type Denoiser,
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

/**
 * The teacher and the fake score network as a method compares them: guided where the options say so.
 *
 * @throws RangeError if they cannot be guided so
 */
export function guideNetworks<O extends ScoreOptions>(
  { teacher, weaker, regression }: MethodArgs<O>,
  fakeScore: DenoiserNetwork,
  options: O,
): { teacher: Denoiser; fakeScore: DenoiserNetwork } {
  const guidance = guidanceOf(options, teacher, weaker);
  const guidesBoth = options.guidanceOn === 'both';
  if (guidance === undefined) {
    if (guidesBoth) throw new RangeError('guidanceOn has no effect without guidance: give its scale.');
    return { teacher, fakeScore };
  }
  if (regression !== undefined) {
    throw new RangeError('Guidance moves images away from those of pairs: leave guidance out, or the regression.');
  }
  if (guidesBoth && weaker !== undefined) {
    throw new RangeError('A weaker network guides the teacher only: leave it out, or set guidanceOn to teacher.');
  }
  return {
    teacher: guideDenoiser(teacher, guidance),
    fakeScore: guidesBoth ? guideDenoiser(fakeScore, guidance) : fakeScore,
  };
}
