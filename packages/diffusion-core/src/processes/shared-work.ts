import { broadcastJson, gatherJson, type Communicator } from './communicator.js';
import { OtherRankError } from './other-rank-error.js';

/** What a process passes on about its failure. */
interface Failure {
  rank: number;
  host: string;
  cause: string;
  text: string;
  wasStopped: boolean;
  exitCode: number;
}

/**
 * Does work in process 0 alone, such as looking for files and writing them.
 *
 * @returns what it returned, which has to be JSON, in all processes
 * @throws its error in process 0, and an OtherRankError in the others
 */
export async function onFirstRank<T>(communicator: Communicator, work: () => Promise<T> | T): Promise<T> {
  if (communicator.size === 1) return work();
  let outcome: { value?: T; failure?: Failure } = {};
  let own: unknown;
  if (communicator.rank === 0) {
    try {
      outcome = { value: await work() };
    } catch (error) {
      own = error;
      outcome = { failure: describeFailure(error, communicator) };
    }
  }
  const { value, failure } = await broadcastJson(communicator, outcome);
  if (failure === undefined) return communicator.rank === 0 ? outcome.value! : value!;
  throw communicator.rank === 0 ? own : toError(failure);
}

/**
 * Does a part of some work in each process. If one of them fails or is stopped, all give up after the same part, so that none
 * waits for another forever.
 *
 * @param work returns how much it did, such as a number of images
 * @param signal tells a stop from a failure
 * @returns how much all of them did
 * @throws the error of `work` where it failed, and an OtherRankError elsewhere
 */
export async function workTogether(
  communicator: Communicator,
  work: () => Promise<number> | number,
  signal?: AbortSignal,
): Promise<number> {
  if (communicator.size === 1) return work();
  let failure: Failure | null = null;
  let own: unknown;
  let amount = 0;
  try {
    amount = await work();
  } catch (error) {
    own = error;
    failure = { ...describeFailure(error, communicator), wasStopped: signal?.aborted ?? false };
  }
  const sums = Float64Array.of(amount, failure === null ? 0 : 1);
  await communicator.sum(sums);
  if (sums[1] === 0) return sums[0]!;
  const failures = (await gatherJson(communicator, failure)).filter((each) => each !== null);
  // A fault says more than that somebody was stopped.
  throw failure === null ? toError(failures.find(({ wasStopped }) => !wasStopped) ?? failures[0]!) : own;
}

function describeFailure(error: unknown, { rank, host }: Communicator): Failure {
  const {
    name,
    message,
    exitCode = 1,
  } = (error instanceof Error ? error : new Error(String(error))) as Error & {
    exitCode?: number;
  };
  return { rank, host, cause: name, text: message, wasStopped: false, exitCode };
}

function toError({ rank, host, cause, text, wasStopped, exitCode }: Failure): OtherRankError {
  return new OtherRankError(rank, host, cause, text, wasStopped, exitCode);
}
