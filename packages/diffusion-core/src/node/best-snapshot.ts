import { basename } from 'node:path';
import type { Measured } from './run-training.js';

/** Which snapshots to keep: the last, and the one with the best value of a statistic that the tick's hook measures. */
export interface BestSnapshotRule {
  statistic: string;
  best: 'lowest' | 'highest';
}

/** The best snapshot of a run so far. */
export interface BestSnapshot {
  /** The file's name. */
  name: string;
  value: number;
}

/** The better of the best so far and a new snapshot; what is not measured, or no number, is not better than anything. */
export function betterSnapshot(
  { statistic, best }: BestSnapshotRule,
  before: BestSnapshot | undefined,
  path: string,
  measured: Measured,
): BestSnapshot | undefined {
  const value = measured[statistic];
  if (value === undefined || Number.isNaN(value)) return before;
  const better = before === undefined || (best === 'lowest' ? value < before.value : value > before.value);
  return better ? { name: basename(path), value } : before;
}
