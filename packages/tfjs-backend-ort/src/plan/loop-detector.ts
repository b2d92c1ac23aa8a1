import type { RecordedNode } from '../ir/node.js';

/** Recorded operations after which it is worth looking for a repetition. */
const FIRST_LOOK = 1000;
/** Shorter repetitions are run several together, up to as many operations as this: a run has its price. */
const ENOUGH = 100;
/** A repetition is a program's own if it goes on for this many times what it took to notice it. */
const LONG = 4;

/**
 * Decides when a program that reads nothing is to be run. Cut off anywhere, every piece of a training loop would be
 * another graph to compile; so the steps that it repeats are looked for in what is recorded, and from then on it is run
 * step by step, as if each had been read.
 */
export class LoopDetector {
  /** The operations (ids of their kinds) that are run as soon as they have been recorded. */
  private known: readonly number[] = [];
  /** Length of the repetition found in what is recorded now, and how many operations there will be where it begins anew. */
  private found: { period: number; end: number } | null = null;
  /** Recorded operations before the next look. */
  private nextLook: number;
  private firstLook: number;
  /** Operations that the known repetition has been found to cover. */
  private served = 0;
  /** Whether what is recorded now follows such a repetition, and nothing was read in between. */
  private follows = false;
  private cut = false;

  /** @param limit operations after which everything is run, repetition or not */
  constructor(private readonly limit: number) {
    this.nextLook = this.firstLook = Math.min(FIRST_LOOK, limit);
  }

  /**
   * Whether what is recorded should be run before one more operation is.
   *
   * @param held tensors that somebody holds now
   * @param urgent there is no memory to wait for long
   */
  due(recorded: readonly RecordedNode[], held: number, urgent: boolean): boolean {
    const n = recorded.length;
    if (n === 0) return false;
    if (n === this.known.length) {
      if (this.known.every((id, i) => id === recorded[i]!.kind.id)) {
        this.served += n;
        return (this.cut = true);
      }
      // The layers of a deep network repeat as well, but not for long. Who was misled by them needs to see more.
      if (this.follows && this.served < LONG * this.firstLook) {
        this.firstLook = Math.min(2 * this.firstLook, this.limit);
        this.nextLook = Math.max(this.nextLook, this.firstLook);
      }
    }
    if (this.found && n >= this.found.end) {
      const { period } = this.found;
      this.found = null;
      if (repeats(recorded, period, period)) {
        const length = period * Math.max(1, Math.floor(Math.min(ENOUGH, this.limit) / period));
        this.known = recorded.slice(n - length).map(({ kind }) => kind.id);
        this.served = 0;
        return (this.cut = true);
      }
      if (n >= this.limit) return true;
    }
    if (!this.found && (n >= this.nextLook || urgent)) {
      this.nextLook = Math.min(2 * n, this.limit);
      this.found = find(recorded, held);
      if (this.found?.end === n) return this.due(recorded, held, urgent);
      if (!this.found) return urgent || n >= this.limit;
    }
    return false;
  }

  /** What was recorded has been run. */
  restart(): void {
    this.found = null;
    this.nextLook = this.firstLook;
    this.follows = this.cut;
    this.cut = false;
  }
}

/** The shortest repetition that the later half of what is recorded consists of, and where it is best cut. */
function find(recorded: readonly RecordedNode[], held: number): { period: number; end: number } | null {
  const n = recorded.length;
  const half = Math.ceil(n / 2);
  let period = 1;
  while (period <= n - half && !repeats(recorded, period, half)) period++;
  if (period > n - half) return null;
  // A step begins where the fewest tensors are held: all that an operation in its middle needs would have to be kept.
  let [end, fewest] = [n, held];
  for (let i = n - period + 1; i < n; i++)
    if (recorded[i]!.held < fewest) [end, fewest] = [i + period, recorded[i]!.held];
  return { period, end };
}

/** Whether each of the last `count` operations is of the kind of that `period` before it. */
function repeats(recorded: readonly RecordedNode[], period: number, count: number): boolean {
  for (let i = recorded.length - 1; i >= recorded.length - count; i--) {
    if (recorded[i]!.kind !== recorded[i - period]?.kind) return false;
  }
  return true;
}
