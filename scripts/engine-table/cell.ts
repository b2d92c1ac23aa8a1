import type { Difference, Item } from './part.js';

/** The largest difference among quantities with the same limit. */
export interface Largest {
  quantity: string;
  /** Null for what is not a number. */
  error: number | null;
  tolerance: number;
  unit?: string;
}

/** What was measured of a part on an engine. */
export interface Cell {
  /** When it was measured: ISO 8601. */
  date: string;
  /** What the items consist of, in the singular. */
  unit: string;
  /** Number of units that were measured, and of all. */
  done: number;
  of: number;
  /** Number of quantities that were compared. */
  quantities: number;
  /** One entry for each limit. */
  largest: Largest[];
  /** Number of quantities beyond their limit. */
  beyond: number;
  /** Items that failed, with the error. */
  failures: { item: string; message: string }[];
  /** Why items are missing, if some are. */
  stopped?: string;
}

/** A part that cannot be measured, with the reason. */
export interface EmptyCell {
  date: string;
  nothing: string;
}

export function isMeasured(cell: Cell | EmptyCell | undefined): cell is Cell {
  return cell !== undefined && !('nothing' in cell);
}

/** Whether all of a part was measured, and is within its limits. */
export function holds({ done, of, beyond, failures, stopped }: Cell): boolean {
  return done === of && beyond === 0 && failures.length === 0 && stopped === undefined;
}

/** Adds an item's differences to a cell. */
export function addItem(cell: Cell, { name, count = 1 }: Omit<Item, 'run'>, differences: readonly Difference[]): void {
  cell.done += count;
  cell.quantities += differences.length;
  for (const { quantity, error, tolerance, unit } of differences) {
    // A NaN is beyond any limit.
    if (!(error <= tolerance)) cell.beyond += 1;
    const found = cell.largest.find((other) => other.tolerance === tolerance && other.unit === unit);
    const entry = { quantity: `${name}: ${quantity}`, error: Number.isFinite(error) ? error : null, tolerance, unit };
    if (found === undefined) cell.largest.push(entry);
    else if (found.error !== null && !(error <= found.error)) Object.assign(found, entry);
  }
}
