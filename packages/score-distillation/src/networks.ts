import {
  checkAugmentation,
  checkScaleInput,
  checkSameImages,
  checkTrainable,
  copyTeacher,
  guidanceOf,
  GuidanceLabels,
  guideDenoiser,
  isScaleRange,
  NetworkGenerator,
  takesScale,
  withScaleInput,
  type Denoiser,
  type DenoiserNetwork,
  type MethodArgs,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { fakeGuidance, type ScoreOptions } from './options.js';

/**
 * The networks that learn: those given, or copies of the teacher. With a range of scales of guidance, both take the scale as an
 * input.
 *
 * @throws RangeError if the teacher cannot be copied, or the networks do not fit each other
 */
export function createNetworks<O extends ScoreOptions>(
  { teacher, generator, fakeScore: given, augmentation = null }: MethodArgs<O>,
  { initSigma, guidance }: O,
): { student: TrainableGenerator; fakeScore: DenoiserNetwork } {
  if (given !== undefined) checkSameImages('fake score network', given, teacher);
  const student = generator && checkTrainable(generator, teacher);
  const range = isScaleRange(guidance) ? guidance : undefined;
  if (student !== undefined) checkScaleInput(student, range);
  const scaled = <N extends DenoiserNetwork>(network: N): N =>
    range === undefined || takesScale(network)
      ? network
      : withScaleInput(network, new GuidanceLabels(range, teacher.labelDim));
  const fakeScore = scaled(given ?? copyTeacher(teacher, 'fakeScore'));
  checkAugmentation(augmentation, fakeScore);
  return {
    fakeScore,
    student: student ?? new NetworkGenerator(scaled(copyTeacher(teacher, 'generator')), initSigma),
  };
}

/**
 * The teacher, and the fake score network as it is compared and as it learns: guided where the options say so.
 *
 * @returns the networks, and the label vector of images without a label, with which guidance compares; undefined for the null label
 * @throws RangeError if they cannot be guided so
 */
export function guideNetworks<O extends ScoreOptions>(
  { teacher, weaker }: Pick<MethodArgs<O>, 'teacher' | 'weaker'>,
  fakeScore: DenoiserNetwork,
  options: O,
): { teacher: Denoiser; fakeScore: DenoiserNetwork; learner: DenoiserNetwork; negative?: ArrayLike<number> } {
  const guidance = guidanceOf(options, teacher, weaker);
  if (guidance === undefined) return { teacher, fakeScore, learner: fakeScore };
  const { train, compared } = fakeGuidance(options);
  const isFakeGuided = train !== 1 || compared !== 1;
  if (weaker !== undefined && isFakeGuided) {
    throw new RangeError('A weaker network guides the teacher only: leave it out, or set guidanceWhere to teacher.');
  }
  const { negative, interval, limit } = guidance;
  return {
    teacher: guideDenoiser(teacher, guidance),
    fakeScore: compared === 1 ? fakeScore : guideDenoiser(fakeScore, { scale: compared, negative, interval, limit }),
    negative,
    // It learns from pixels outside of [-1, 1], too, whose limit would have no gradient.
    learner: train === 1 ? fakeScore : guideDenoiser(fakeScore, { scale: train, negative, interval }),
  };
}
