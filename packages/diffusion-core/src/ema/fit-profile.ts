import { addProfile, innerProducts, type EmaProfile } from './ema-profile.js';

/** A combination of averages that comes close to another one. */
export interface ProfileFit {
  /** One for each of the averages; they sum to 1. Zero for those that are not needed. */
  coefficients: Float64Array;
  /** Norm of the difference between the profiles, relative to the norm of the wanted one. */
  error: number;
}

/** Profiles whose part that is independent of the others is smaller than this share of them, squared, are left out. */
const INDEPENDENT = 1e-6;
/** Where the squared error is this share of the wanted profile, further averages add nothing but rounding. */
const EXACT = 1e-14;

/**
 * Finds the combination of stored averages whose profile is closest to another one: post-hoc EMA (Karras et al. 2024,
 * section 3.2 and appendix C). It minimizes || p - sum_i x_i p_i ||^2 over coefficients x that sum to 1.
 *
 * The averages are taken one by one, each time the one that helps most, until the rest is nothing or all are taken. Averages
 * that differ from a combination of others by little more than rounding are left out: their coefficients would be huge.
 *
 * @param wanted the profile p
 * @param stored the profiles p_i, of the same training
 */
export function fitProfile(wanted: EmaProfile, stored: readonly EmaProfile[]): ProfileFit {
  return profileFitter(stored)(wanted);
}

/** The same as {@link fitProfile}, for several wanted profiles. */
export function profileFitter(stored: readonly EmaProfile[]): (wanted: EmaProfile) => ProfileFit {
  const gram = innerProducts(stored, stored);
  return (wanted) => fit(wanted, stored, gram);
}

/** @param gram inner products of the stored ones */
function fit(wanted: EmaProfile, stored: readonly EmaProfile[], gram: readonly Float64Array[]): ProfileFit {
  const [target] = innerProducts([wanted], stored) as [Float64Array];
  const [[norm]] = innerProducts([wanted], [wanted]) as unknown as [[number]];

  // Cholesky's decomposition of the Gram matrix of the chosen ones, row by row; the other columns go along.
  const chosen: number[] = [];
  const rows: Float64Array[] = [];
  const own = Float64Array.from(stored, (_, i) => gram[i]![i]!);
  const match = Float64Array.from(target);
  const projected: number[] = [];
  let rest = norm;
  while (rest > EXACT * norm) {
    const gain = (i: number) => (own[i]! > INDEPENDENT * gram[i]![i]! ? match[i]! ** 2 / own[i]! : 0);
    const best = stored.reduce((found, _, i) => (gain(i) > gain(found) ? i : found), 0);
    if (stored.length === 0 || !(gain(best) > EXACT * norm)) break;
    const pivot = Math.sqrt(own[best]!);
    const row = Float64Array.from(stored, (_, j) => {
      const known = rows.reduce((sum, earlier) => sum + earlier[best]! * earlier[j]!, 0);
      return (gram[best]![j]! - known) / pivot;
    });
    const part = match[best]! / pivot;
    rows.push(row);
    chosen.push(best);
    projected.push(part);
    row.forEach((value, j) => {
      own[j]! -= value ** 2;
      match[j]! -= value * part;
    });
    own[best] = 0;
    rest -= part ** 2;
  }
  const coefficients = new Float64Array(stored.length);
  const factor = rows.map((row) => chosen.map((j) => row[j]!));
  solveWithUnitSum(factor, projected).forEach((x, i) => (coefficients[chosen[i]!] = x));
  return { coefficients, error: profileError(wanted, stored, coefficients) };
}

/**
 * Least squares under the condition that the coefficients sum to 1: x = A^-1 (b + lambda 1).
 *
 * @param factor R of A = R' R, upper triangular
 * @param projected R'^-1 b
 */
function solveWithUnitSum(factor: readonly number[][], projected: readonly number[]): number[] {
  const x = solveUpper(factor, projected);
  const ones = solveUpper(factor, solveLower(factor));
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const lambda = (1 - sum(x)) / sum(ones);
  return x.map((value, i) => value + lambda * ones[i]!);
}

/** R x = b */
function solveUpper(factor: readonly number[][], b: readonly number[]): number[] {
  const x = [...b];
  for (let i = x.length - 1; i >= 0; i--) {
    for (let j = i + 1; j < x.length; j++) x[i]! -= factor[i]![j]! * x[j]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}

/** R' x = 1 */
function solveLower(factor: readonly number[][]): number[] {
  const x = factor.map(() => 1);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0; j < i; j++) x[i]! -= factor[j]![i]! * x[j]!;
    x[i]! /= factor[i]![i]!;
  }
  return x;
}

/** Norm of the difference between a profile and a combination of others, relative to its own; without cancellation. */
function profileError(wanted: EmaProfile, stored: readonly EmaProfile[], coefficients: Float64Array): number {
  const difference = new Float64Array(Math.max(wanted.steps, ...stored.map(({ steps }) => steps)) + 1);
  addProfile(difference, wanted, -1);
  const norm = normOf(difference);
  stored.forEach((profile, i) => {
    if (coefficients[i] !== 0) addProfile(difference, profile, coefficients[i]!);
  });
  return normOf(difference) / norm;
}

function normOf(values: Float64Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0));
}
