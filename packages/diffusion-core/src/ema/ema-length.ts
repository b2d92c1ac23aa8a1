import { correctedEmaDecay, emaDecay, LARGEST_SIGMA_REL, powerEmaDecay, powerEmaExponent } from '@onestep/nn';

/** How fast an EMA of weights forgets. */
export type EmaLength =
  /** A half-life in thousands of images, at most the share `rampUpRatio` of the images so far; null for no such bound. */
  | { halfLifeKimg: number; rampUpRatio: number | null }
  /**
   * The same decay in each step, whatever the batch. With `corrected`, the average of the weights after each step alone: the initial
   * weights have no share, as in Adam's moments.
   */
  | { mu: number; corrected?: true }
  /** A power function of the training time, by its width relative to the training so far (Karras et al. 2024, section 3.1). */
  | { sigmaRel: number };

/** Options from which the lengths of a run's EMAs follow. */
export interface EmaOptions {
  /** Half-lives, in thousands of images. */
  emaHalfLifeKimg: number | readonly number[];
  /** Bound of the half-lives, as a share of the images seen; null for none. */
  emaRampUpRatio: number | null;
  /** Decays in each step, in place of the half-lives; null or left out for the half-lives. */
  emaMu?: number | readonly number[] | null;
  /** Whether the initial weights have no share in the averages of `emaMu`; left out, false. */
  emaCorrected?: boolean;
  /** Relative widths of power-function EMAs in addition; null or left out for none. */
  emaRel?: number | readonly number[] | null;
}

/**
 * The lengths of a run's EMAs. The first is that of the network to publish.
 *
 * @throws RangeError if there is none, or one twice
 */
export function emaLengths({ emaHalfLifeKimg, emaRampUpRatio, emaMu, emaCorrected, emaRel }: EmaOptions): EmaLength[] {
  const lengths: EmaLength[] = [
    ...(emaMu === null || emaMu === undefined
      ? [emaHalfLifeKimg].flat().map((halfLifeKimg) => ({ halfLifeKimg, rampUpRatio: emaRampUpRatio }))
      : [emaMu].flat().map((mu) => (emaCorrected === true ? { mu, corrected: true as const } : { mu }))),
    ...[emaRel ?? []].flat().map((sigmaRel) => ({ sigmaRel })),
  ];
  const names = lengths.map(emaName);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new RangeError(`There are two EMAs of the length ${twice}: leave one out.`);
  if (lengths.length === 0) throw new RangeError('There has to be an EMA: pass a half-life.');
  return lengths;
}

/**
 * A short name of a length, for files: `ema0.5` for a half-life in million images, `mu0.9999`, `rel0.1`.
 */
export function emaName(length: EmaLength): string {
  const text = (value: number) => value.toLocaleString('en', { useGrouping: false, maximumSignificantDigits: 9 });
  if ('halfLifeKimg' in length) return `ema${text(length.halfLifeKimg / 1000)}`;
  return 'mu' in length ? `mu${text(length.mu)}` : `rel${text(length.sigmaRel)}`;
}

/** A length in words: `half-life 0.5 million images`. */
export function describeEma(length: EmaLength): string {
  const value = emaName(length).replace(/^[a-z]+/, '');
  if ('halfLifeKimg' in length) return `half-life ${value} million images`;
  return 'mu' in length ? `decay ${value} in each step` : `relative width ${value}`;
}

/**
 * Makes the function that gives an EMA's decay in a step.
 *
 * @returns decay in [0, 1] of a step of `batch` images after `imagesSeen`
 */
export function emaDecayOf(length: EmaLength): (batch: number, imagesSeen: number) => number {
  if ('halfLifeKimg' in length) {
    const { halfLifeKimg, rampUpRatio } = length;
    return (batch, imagesSeen) => emaDecay(batch, halfLifeKimg * 1000, imagesSeen, rampUpRatio);
  }
  if ('mu' in length) {
    const { mu, corrected } = length;
    return corrected === undefined ? () => mu : (batch, imagesSeen) => correctedEmaDecay(mu, imagesSeen / batch + 1);
  }
  const gamma = powerEmaExponent(length.sigmaRel);
  return (batch, imagesSeen) => powerEmaDecay(batch, imagesSeen, gamma);
}

/** Whether a value from a file is a length. */
export function isEmaLength(value: unknown): value is EmaLength {
  const { halfLifeKimg, rampUpRatio, mu, corrected, sigmaRel } = Object(value) as Record<string, unknown>;
  const isAbove = (number: unknown, bound: number) =>
    typeof number === 'number' && number >= bound && number < Infinity;
  if (halfLifeKimg !== undefined) {
    return isAbove(halfLifeKimg, 0) && (rampUpRatio === null || (isAbove(rampUpRatio, 0) && rampUpRatio !== 0));
  }
  if (mu !== undefined) return isAbove(mu, 0) && (mu as number) <= 1 && (corrected === undefined || corrected === true);
  return isAbove(sigmaRel, 0) && sigmaRel !== 0 && (sigmaRel as number) <= LARGEST_SIGMA_REL;
}
