/** A student's figures during training. */
export interface Point {
  /** Thousands of images that it was trained on, with those of the student that it started from. */
  kimg: number;
  fid: number;
  precision: number;
  recall: number;
}

/** A quantity over seeds. */
export interface Spread {
  mean: number;
  lowest: number;
  highest: number;
}

/**
 * A student's figures between two measurements: the logarithm of FID, precision and recall are taken to be linear in between.
 *
 * @param points ascending
 * @returns null before the first measurement and after the last
 */
export function at(points: readonly Point[], kimg: number): Point | null {
  const after = points.findIndex((point) => point.kimg >= kimg);
  if (after < 0) return null;
  const b = points[after]!;
  if (b.kimg === kimg) return b;
  const a = points[after - 1];
  if (a === undefined) return null;
  const share = (kimg - a.kimg) / (b.kimg - a.kimg);
  const between = (x: number, y: number) => x + share * (y - x);
  return {
    kimg,
    fid: Math.exp(between(Math.log(a.fid), Math.log(b.fid))),
    precision: between(a.precision, b.precision),
    recall: between(a.recall, b.recall),
  };
}

/** The mean and the range of one quantity of several seeds. */
export function spread(values: readonly number[]): Spread {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, lowest: Math.min(...values), highest: Math.max(...values) };
}
