import { toFloat32, type StateDict } from '@onestep/checkpoint';

const SUFFIX = 'resample_filter';

/**
 * Recovers the taps of a resampling filter from the first one that is stored: the outer product of the taps over the square of
 * their sum. Taps are told up to a common factor, which the network does not depend on.
 *
 * @returns undefined if no filter is stored
 */
export function filterTaps(weights: StateDict): number[] | undefined {
  const filter = Object.entries(weights).find(([name]) => name.endsWith(SUFFIX))?.[1];
  if (filter === undefined) return undefined;
  const values = toFloat32(filter);
  const row = [...values.subarray(0, Math.round(Math.sqrt(values.length)))];
  const smallest = Math.min(...row.filter((value) => value > 0));
  // Half precision keeps three digits.
  return row.map((value) => Math.round((value / smallest) * 1000) / 1000);
}
