import type { RecordedNode } from '../ir/node.js';

/** Number of recorded operations at which to look for a loop for the first time. */
const FIRST_LOOK = 1000;
/** Shorter loop bodies are run several at a time, up to about this many operations, because each run has overhead. */
const MIN_RUN_LENGTH = 100;
/** A loop counts as the program's own when it has covered this many times the operations it took to find it. */
const CONFIRMATION_FACTOR = 4;

/**
 * Decides when to run the operations of a program that reads no tensors. Cut at an arbitrary operation, every piece of a
 * training loop would be another graph to compile. So the detector looks for a repeating sequence in what is recorded; from
 * then on each repetition is run by itself, as if a tensor had been read after it.
 */
export class LoopDetector {
  /** The known loop body (ids of kinds): it is run as soon as it has been recorded. */
  private body: readonly number[] = [];
  /** A repetition found in the current operations: its length, and the operation count at which the next one starts. */
  private found: { period: number; end: number } | null = null;
  /** Number of recorded operations at the next look. */
  private nextLook: number;
  private firstLook: number;
  /** Number of operations that the known body has covered. */
  private covered = 0;
  /** Whether the current operations follow such a repetition, with nothing read in between. */
  private isAfterBody = false;
  private hasCut = false;

  /** @param limit number of operations after which everything is run, with or without a loop */
  constructor(private readonly limit: number) {
    this.nextLook = this.firstLook = Math.min(FIRST_LOOK, limit);
  }

  /**
   * Whether the recorded operations should be run before the next one is recorded.
   *
   * @param heldValues number of values that tensors hold now
   * @param isUrgent whether memory is too short to wait
   */
  isDue(recorded: readonly RecordedNode[], heldValues: number, isUrgent: boolean): boolean {
    const n = recorded.length;
    if (n === 0) return false;
    if (n === this.body.length) {
      if (this.body.every((id, i) => id === recorded[i]!.kind.id)) {
        this.covered += n;
        return (this.hasCut = true);
      }
      // The layers of a deep network repeat as well, but not for long. After a false match, require a longer prefix.
      if (this.isAfterBody && this.covered < CONFIRMATION_FACTOR * this.firstLook) {
        this.firstLook = Math.min(2 * this.firstLook, this.limit);
        this.nextLook = Math.max(this.nextLook, this.firstLook);
      }
    }
    if (this.found && n >= this.found.end) {
      const { period } = this.found;
      this.found = null;
      if (repeats(recorded, period, period)) {
        const length = period * Math.max(1, Math.floor(Math.min(MIN_RUN_LENGTH, this.limit) / period));
        this.body = recorded.slice(n - length).map(({ kind }) => kind.id);
        this.covered = 0;
        return (this.hasCut = true);
      }
      if (n >= this.limit) return true;
    }
    if (!this.found && (n >= this.nextLook || isUrgent)) {
      this.nextLook = Math.min(2 * n, this.limit);
      this.found = findRepetition(recorded, heldValues);
      if (this.found?.end === n) return this.isDue(recorded, heldValues, isUrgent);
      if (!this.found) return isUrgent || n >= this.limit;
    }
    return false;
  }

  /** Starts over. Called when the recorded operations have been run. */
  restart(): void {
    this.found = null;
    this.nextLook = this.firstLook;
    this.isAfterBody = this.hasCut;
    this.hasCut = false;
  }
}

/** Finds the shortest repetition that the later half of the operations consists of, and where it is best cut. */
function findRepetition(recorded: readonly RecordedNode[], heldValues: number): { period: number; end: number } | null {
  const n = recorded.length;
  const half = Math.ceil(n / 2);
  let period = 1;
  while (period <= n - half && !repeats(recorded, period, half)) period++;
  if (period > n - half) return null;
  // A step starts where the fewest values are held. A cut in its middle would keep all that the second part reads.
  let [end, fewest] = [n, heldValues];
  for (let i = n - period + 1; i < n; i++) {
    if (recorded[i]!.heldValues < fewest) [end, fewest] = [i + period, recorded[i]!.heldValues];
  }
  return { period, end };
}

/** Whether each of the last `count` operations is of the same kind as the one `period` before it. */
function repeats(recorded: readonly RecordedNode[], period: number, count: number): boolean {
  for (let i = recorded.length - 1; i >= recorded.length - count; i--) {
    if (recorded[i]!.kind !== recorded[i - period]?.kind) return false;
  }
  return true;
}
