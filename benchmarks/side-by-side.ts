import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { relativeDifference } from './relative-difference.js';
import { alternate, summarize, type Timings } from './timings.js';
import { NODE, requireFastBlas, startWorker } from './worker.js';

/** Two workers that do the same work. */
export interface Sides {
  /** Our TypeScript worker, and the peer with the program that runs it. */
  ours: string;
  peer: readonly [program: string, script: string];
  /** Settings passed to both as JSON. In the folder `exchange` one leaves its weights to the other. */
  settings(exchange: string): object;
  threads: number;
  rounds: number;
  /** What they compute, for error messages. */
  what: string;
  /** Largest accepted relative difference between the two. */
  tolerance: number;
}

/** The result of {@link compareSideBySide}. */
export interface SideBySide {
  /** The peer's name and its BLAS. */
  peerName: string;
  /** Number of parameters of the network. */
  parameters: number;
  /** Relative difference of the results. */
  difference: number;
  ours: Timings;
  peer: Timings;
}

/**
 * Lets both do the same work in turn. The first round is not timed: it compiles, and its results are compared.
 *
 * @throws if the results differ
 */
export async function compareSideBySide({
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
  const peerName = `${workers[1].hello.name} with ${requireFastBlas(workers[1].hello)}`;

  const [first, expected] = (await alternate(workers, 1)).map(([answer]) => answer!.values);
  const difference = relativeDifference(first!, expected!);
  if (!(difference < tolerance)) throw new Error(`Not the same ${what}: they differ by ${difference}.`);
  const [oursAnswers, peerAnswers] = await alternate(workers, rounds);
  const times = [summarize(workers[0], oursAnswers!), summarize(workers[1], peerAnswers!)] as const;
  await Promise.all(workers.map((worker) => worker.end()));
  return { peerName, parameters: workers[0].hello.parameters, difference, ours: times[0], peer: times[1] };
}
