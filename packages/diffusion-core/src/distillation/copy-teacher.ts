import { isNetwork, type Denoiser, type DenoiserNetwork } from '../denoiser.js';

/**
 * A network with the teacher's weights, for a method that was given none.
 *
 * @param argument the name of what could be given instead
 * @throws RangeError if the teacher is no network
 */
export function copyTeacher(teacher: Denoiser, argument: string): DenoiserNetwork {
  if (isNetwork(teacher)) return teacher.clone();
  throw new RangeError(`This teacher is no network that could be copied: give a ${argument} of your own.`);
}
