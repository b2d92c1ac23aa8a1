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

/** Lets several workers do the same work in turn, each round in the opposite order of the previous one. */
export async function alternate(workers: readonly Worker[], rounds: number): Promise<Answer[][]> {
  const answers: Answer[][] = workers.map(() => []);
  for (let round = 0; round < rounds; round++) {
    const order = workers.map((_, i) => (round % 2 === 0 ? i : workers.length - 1 - i));
    for (const i of order) {
      await setTimeout(PAUSE_MS);
      answers[i]!.push(await workers[i]!.run());
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
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2;
}
