import { karrasSchedule } from '../samplers/karras-schedule.js';

/** The last noise level where none are given: that of two steps on CIFAR-10 with ECT (Geng et al. 2024) and sCM (Lu & Song 2024). */
const LAST_LEVEL = 0.821;

/**
 * The noise levels of `count` steps where none are given: the schedule of Eq. (5), Karras et al. 2022, from the level of the
 * latents to 0.821. For 80, these are 80; 80, 0.821; 80, 11.7, 0.821; 80, 23.6, 5.37, 0.821.
 *
 * Published levels of two steps are 80, 0.821 (ECT, sCM), 80, 1.1 (sCM on ImageNet), 80, 1.38 (CD on ImageNet) and 80, 1.91 (CT on
 * ImageNet). The levels of more steps were found by search, or not published.
 *
 * @param initSigma noise level of the latents
 * @throws RangeError if `count` is not a positive integer, or there is no room above 0.821 for more than one level
 */
export function refinementLevels(count: number, initSigma: number): number[] {
  if (count > 1 && initSigma <= LAST_LEVEL) {
    throw new RangeError(
      `The generator's input has noise level ${initSigma}, and several steps would end at ${LAST_LEVEL}: choose \`levels\`.`,
    );
  }
  const levels = karrasSchedule(count, { sigmaMax: initSigma, sigmaMin: LAST_LEVEL });
  // Both ends without the rounding of the powers.
  return levels.map((level, i) => (i === 0 ? initSigma : i === count - 1 ? LAST_LEVEL : level));
}
