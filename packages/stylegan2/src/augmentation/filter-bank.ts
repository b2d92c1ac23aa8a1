/** The 4 coefficients of the symlet "sym2" (Daubechies 1992), which add up to sqrt(2). */
const SYM2 = [-0.12940952255092145, 0.22414386804185735, 0.836516303737469, 0.48296291314469025] as const;
const BANDS = 4;

const sumProducts = (a: readonly number[], b: readonly number[], lag: number) =>
  a.reduce((sum, value, i) => sum + value * (b[i + lag] ?? 0), 0);

function convolve(a: readonly number[], b: readonly number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  a.forEach((x, i) => b.forEach((y, j) => (out[i + j]! += x * y)));
  return out;
}

/** Inserts `times` - 1 zeros between coefficients. */
const dilate = (taps: readonly number[], times: number) =>
  taps.flatMap((tap, i) => (i === 0 ? [tap] : [...new Array<number>(times - 1).fill(0), tap]));

/**
 * Splits images into four bands of frequencies, from the lowest: each is the difference of two successive blurs, and
 * together they are the identity (Karras et al. 2020, "Training GANs with limited data", Appendix B). The blur is the
 * autocorrelation of {@link SYM2}, its taps spread by 1, 2 and 4 pixels.
 *
 * @returns four symmetric filters of 43 taps
 */
export function makeFilterBank(): number[][] {
  const lags = [-3, -2, -1, 0, 1, 2, 3];
  const low = lags.map((lag) => sumProducts(SYM2, SYM2, lag) / 2);
  const high = low.map((tap, i) => (lags[i] === 0 ? 1 - tap : -tap));
  const bands: number[][] = [];
  let blurred = [1];
  for (let level = 0; level < BANDS - 1; level++) {
    bands.unshift(convolve(blurred, dilate(high, 2 ** level)));
    blurred = convolve(blurred, dilate(low, 2 ** level));
  }
  bands.unshift(blurred);
  const side = (band: number[]) => new Array<number>((blurred.length - band.length) / 2).fill(0);
  return bands.map((band) => [...side(band), ...band, ...side(band)]);
}

/** Taps of each filter of the bank. */
export const FILTER_TAPS = 43;
/** Pixels by which an image is mirrored at its edges before it is filtered. */
export const FILTER_REACH = (FILTER_TAPS - 1) / 2;
