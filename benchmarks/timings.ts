import { setTimeout } from 'node:timers/promises';
import type { Answer, Worker } from './worker.js';

/** Times of one worker, milliseconds. */
export interface Timings {
  name: string;
  median_ms: number;
  min_ms: number;
  /** Largest resident memory of its process. */
  peak_mb: number;
}

/**
 * Between two pieces of work, so that the threads of the first have gone to sleep when the second begins: OpenBLAS's wait
 * actively for some 2^26 cycles, and what comes next within that time has only one processor of two.
 */
const PAUSE_MS = 150;

/** The same work by several workers in turn, each round in the opposite order of the one before. */
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

/** Summary of a worker's answers. */
export function timings(worker: Worker, answers: readonly Answer[]): Timings {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  const [low, high] = [times[Math.floor((times.length - 1) / 2)]!, times[Math.ceil((times.length - 1) / 2)]!];
  return { name: worker.hello.name, median_ms: (low + high) / 2, min_ms: times[0]!, peak_mb: worker.peakMb() };
}
