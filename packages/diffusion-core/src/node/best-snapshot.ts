import { basename } from 'node:path';

/** Numbers that a hook measured, by name. */
export type Measured = Record<string, number>;

/**
 * Keeps the last snapshot and the one with the best value of a statistic that the tick's hook measures.
 *
 * @internal
 */
export interface BestSnapshotRule {
  /** Name of the statistic, as the hook returns it. */
  statistic: string;
  best: 'lowest' | 'highest';
}

/** The best snapshot of a run so far. */
export interface BestSnapshot {
  /** Name of the file. */
  name: string;
  /** Name of the statistic. Runs of earlier versions did not record it. */
  statistic?: string;
  /** Value of the statistic. */
  value: number;
}

/**
 * Chooses the better of the best snapshot so far and a new one. Missing values, NaN and infinity never win, and a snapshot that
 * was the best by another statistic is not compared.
 *
 * @param path of the new snapshot
 * @param measured the numbers measured with it
 */
export function chooseBest(
  { statistic, best }: BestSnapshotRule,
  before: BestSnapshot | undefined,
  path: string,
  measured: Measured,
): BestSnapshot | undefined {
  const value = measured[statistic];
  const known = (before?.statistic ?? statistic) === statistic ? before : undefined;
  if (value === undefined || !Number.isFinite(value)) return before;
  const isBetter = known === undefined || (best === 'lowest' ? value < known.value : value > known.value);
  return isBetter ? { name: basename(path), statistic, value } : known;
}
