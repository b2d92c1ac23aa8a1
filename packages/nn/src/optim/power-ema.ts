/** The largest relative width of a power-function EMA that forgets: with gamma = 0, all weights count the same. */
export const LARGEST_SIGMA_REL = Math.sqrt(1 / 12);

/**
 * Exponent of the power-function EMA with a relative width: gamma of sigma_rel (Karras et al. 2024, section
 * 3.1 and appendix C). It is the largest root of gamma^3 + 7 gamma^2 + (16 - sigma_rel^-2) gamma + (12 - sigma_rel^-2) = 0.
 *
 * @param sigmaRel width of the average as a share of the training so far, above 0, at most {@link LARGEST_SIGMA_REL}
 * @returns at least 0
 * @throws RangeError if the width is out of range
 */
export function powerEmaExponent(sigmaRel: number): number {
  if (!(sigmaRel > 0 && sigmaRel <= LARGEST_SIGMA_REL)) {
    throw new RangeError(`sigmaRel must be above 0 and at most ${LARGEST_SIGMA_REL.toFixed(4)}, not ${sigmaRel}.`);
  }
  const t = sigmaRel ** -2;
  // Newton's method from the right: the cubic is convex and positive there, so that each step stays right of the root.
  let gamma = 1 / sigmaRel;
  for (;;) {
    const value = ((gamma + 7) * gamma + 16 - t) * gamma + 12 - t;
    const next = gamma - value / ((3 * gamma + 14) * gamma + 16 - t);
    if (!(next < gamma)) return Math.max(gamma, 0);
    gamma = next;
  }
}

/**
 * Decay of a power-function EMA in a step: beta_gamma(t) = (1 - 1/t)^(gamma + 1) (Karras et al. 2024, section 3.1), where
 * the training so far lasted t steps of this size. It is 0 in the first step.
 *
 * @param batchSize images in this step
 * @param imagesSeen images seen before this step
 * @param gamma see {@link powerEmaExponent}
 * @returns in [0, 1), for `updateEma`
 */
export function powerEmaDecay(batchSize: number, imagesSeen: number, gamma: number): number {
  return (1 - batchSize / (imagesSeen + batchSize)) ** (gamma + 1);
}
