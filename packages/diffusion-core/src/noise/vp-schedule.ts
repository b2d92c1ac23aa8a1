/** The variance-preserving SDE's noise schedule with linear beta(t) (Song et al. 2021), in the s = 1 space. */
export interface VpSchedule {
  /** beta(1) - beta(0) */
  betaD: number;
  /** beta(0) */
  betaMin: number;
}

/** sigma(t) = sqrt(exp(beta_d t^2 / 2 + beta_min t) - 1), Table 1, Karras et al. 2022; t in [0, 1]. */
export function vpSigma(t: number, { betaD, betaMin }: VpSchedule): number {
  return Math.sqrt(Math.expm1(0.5 * betaD * t ** 2 + betaMin * t));
}

/** The inverse of {@link vpSigma}: the time t with sigma(t) = `sigma`. */
export function vpTime(sigma: number, { betaD, betaMin }: VpSchedule): number {
  return (Math.sqrt(betaMin ** 2 + 2 * betaD * Math.log1p(sigma ** 2)) - betaMin) / betaD;
}

/** Finds the schedule with sigma(epsilon_s) = sigma_min and sigma(1) = sigma_max. */
export function fitVpSchedule(sigmaMin: number, sigmaMax: number, epsilonS: number): VpSchedule {
  const [low, high] = [Math.log1p(sigmaMin ** 2), Math.log1p(sigmaMax ** 2)];
  const betaD = (2 * (low / epsilonS - high)) / (epsilonS - 1);
  return { betaD, betaMin: high - 0.5 * betaD };
}
