import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkBlas } from './blas.js';
import { relativeDifference } from './relative-difference.js';
import { alternate, timings, type Timings } from './timings.js';
import { NODE, startWorker } from './worker.js';

/** Two workers that do the same. */
export interface Sides {
  /** Our TypeScript worker, and the peer with the program that runs it. */
  ours: string;
  peer: readonly [program: string, script: string];
  /** What both are told, as JSON; they find each other's weights in the folder `exchange`. */
  settings(exchange: string): object;
  threads: number;
  rounds: number;
  /** What they compute, for messages, and the largest relative difference between the two. */
  what: string;
  tolerance: number;
}

/** What {@link sideBySide} found. */
export interface SideBySide {
  /** The peer's name and its BLAS. */
  peerName: string;
  parameters: number;
  difference: number;
  ours: Timings;
  peer: Timings;
}

/**
 * Lets both do the same work in turn. The first round is not counted: it compiles here, and shows that both compute the same.
 *
 * @throws if they do not
 */
export async function sideBySide({
  ours,
  peer,
  settings,
  threads,
  rounds,
  what,
  tolerance,
}: Sides): Promise<SideBySide> {
  const exchange = mkdtempSync(join(tmpdir(), 'onestep-benchmark-'));
  const argument = JSON.stringify(settings(exchange));
  const workers = [
    await startWorker([...NODE, ours, argument], threads),
    await startWorker([...peer, argument], threads),
  ] as const;
  rmSync(exchange, { recursive: true });
  const peerName = `${workers[1].hello.name} with ${checkBlas(workers[1].hello)}`;

  const [first, expected] = (await alternate(workers, 1)).map(([answer]) => answer!.values);
  const difference = relativeDifference(first!, expected!);
  if (!(difference < tolerance)) throw new Error(`Not the same ${what}: they differ by ${difference}.`);
  const [oursAnswers, peerAnswers] = await alternate(workers, rounds);
  const times = [timings(workers[0], oursAnswers!), timings(workers[1], peerAnswers!)] as const;
  await Promise.all(workers.map((worker) => worker.end()));
  return { peerName, parameters: workers[0].hello.parameters, difference, ours: times[0], peer: times[1] };
}
