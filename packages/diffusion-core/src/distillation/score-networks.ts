import type { DenoiserNetwork } from '../denoiser.js';
import type { TrainableGenerator } from '../generator.js';
import { NetworkGenerator } from '../generators/network-generator.js';
import { checkAugmentation } from './augmentation.js';
import { copyTeacher } from './copy-teacher.js';
import { checkSameImages } from './same-images.js';
import type { ScoreDistillationOptions } from './score-distillation-options.js';
import type { ScoreDistillationArgs } from './score-method.js';

/**
 * What is trained: the networks given, or copies of the teacher.
 *
 * @throws RangeError if the teacher cannot be copied, or the networks do not fit each other
 */
export function scoreNetworks<O extends ScoreDistillationOptions>(
  { teacher, generator, scoreNetwork, augmentation = null }: ScoreDistillationArgs<O>,
  { initSigma }: O,
): { student: TrainableGenerator; fakeScore: DenoiserNetwork } {
  if (scoreNetwork !== undefined) checkSameImages('score network', scoreNetwork, teacher);
  if (generator !== undefined) checkSameImages('generator', generator, teacher);
  const fakeScore = scoreNetwork ?? copyTeacher(teacher, 'scoreNetwork');
  checkAugmentation(augmentation, fakeScore);
  return { fakeScore, student: generator ?? new NetworkGenerator(copyTeacher(teacher, 'generator'), initSigma) };
}
