import { setTimeout } from 'node:timers/promises';
import type { Answer, Worker } from './worker.js';

/** Times of one worker. */
export interface Timings {
  /** Name of the worker. */
  name: string;
  median_ms: number;
  min_ms: number;
  /** Largest resident memory of its process, MB. */
  peak_mb: number;
}

/**
 * Pause between two pieces of work, in which the threads of the first go to sleep. OpenBLAS's threads spin for about 2^26
 * cycles and would take one of two processors from the next piece of work.
 */
const PAUSE_MS = 150;

/**
 * Lets several workers do the same work in turn, each round in the opposite order of the previous one.
 *
 * @param count pieces of work in a round. Default: 1
 */
export async function alternate(
  workers: readonly Pick<Worker, 'run'>[],
  rounds: number,
  count = 1,
): Promise<Answer[][]> {
  const answers: Answer[][] = workers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = workers.map((_, i) => (round % 2 === 0 ? i : workers.length - 1 - i));
    for (const i of order) {
      await setTimeout(PAUSE_MS);
      answers[i]!.push(await workers[i]!.run(count));
    }
  }
  return answers;
}

/** Summarizes a worker's answers. */
export function summarize(worker: Worker, answers: readonly Answer[]): Timings {
  const times = answers.map(({ ms }) => ms);
  return {
    name: worker.hello.name,
    median_ms: median(times),
    min_ms: Math.min(...times),
    peak_mb: worker.peakMb(),
  };
}

/** The median: the mean of the two middle values where their number is even. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/**
 * The value below which a share of the values lies, linear between two of them.
 *
 * @param share from 0 to 1
 */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  // Not above the greatest by rounding.
  return Math.min(above, below + (above - below) * (at - Math.floor(at)));
}
