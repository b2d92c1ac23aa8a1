import { FIGURE_NAMES, type Figures } from '../cells/figures.js';

/** A student's figures at a moment of its training. */
export interface CurvePoint extends Figures {
  /** Thousands of images that it was trained on. */
  kimg: number;
  /** Seconds of training so far, with those spent before it, such as on pairs, and without measuring. */
  seconds: number;
}

/** What a curve is read along: the number of images or the time. */
export type CurveAxis = 'kimg' | 'seconds';

/**
 * A student's figures between two measurements: the logarithm of FID, and everything else, are taken to be linear in between.
 *
 * @param points ascending
 * @returns null before the first measurement and after the last, where nothing is known
 */
export function readCurve(points: readonly CurvePoint[], axis: CurveAxis, position: number): CurvePoint | null {
  const after = points.findIndex((point) => point[axis] >= position);
  if (after < 0) return null;
  const b = points[after]!;
  if (b[axis] === position) return b;
  const a = points[after - 1];
  if (a === undefined) return null;
  const share = (position - a[axis]) / (b[axis] - a[axis]);
  const between = (x: number | null, y: number | null) => (x === null || y === null ? null : x + share * (y - x));
  const linear = Object.fromEntries(
    (['kimg', 'seconds', ...FIGURE_NAMES] as const).map((name) => [name, between(a[name], b[name])]),
  ) as unknown as CurvePoint;
  // A FID that rounding has made 0 or less has no logarithm.
  const fid = Math.min(a.fid, b.fid) > 0 ? Math.exp(between(Math.log(a.fid), Math.log(b.fid))!) : linear.fid;
  return { ...linear, [axis]: position, fid };
}

/**
 * The measurements that {@link readCurve} needs for a position: one that is there exactly, or the two around it.
 *
 * @param moments ascending
 */
export function momentsAround<T extends Record<CurveAxis, number>>(
  moments: readonly T[],
  axis: CurveAxis,
  position: number,
): T[] {
  const after = moments.findIndex((moment) => moment[axis] >= position);
  if (after < 0) return [];
  return moments[after]![axis] === position ? [moments[after]!] : moments.slice(Math.max(0, after - 1), after + 1);
}
