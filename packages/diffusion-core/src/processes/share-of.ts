import type { Communicator } from './communicator.js';

/** Consecutive items of a list. */
export interface Share {
  /** Index of the first one. */
  start: number;
  /** Index after the last one. */
  end: number;
}

/** The share of a process of `count` items: the shares follow one another, and differ by one item at most. No other is larger than that of process 0. */
export function shareOf(count: number, { rank, size }: Pick<Communicator, 'rank' | 'size'>): Share {
  const start = (index: number) => Math.ceil((count * index) / size);
  return { start: start(rank), end: start(rank + 1) };
}
