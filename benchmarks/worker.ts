import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** The first line of a worker. */
export interface Hello {
  name: string;
  parameters: number;
  /** BLAS libraries that PyTorch or scipy have loaded, by file name. */
  blas?: string[];
}

/** The result of one piece of work: its time, and numbers to check that both sides computed the same. */
export interface Answer {
  /** Milliseconds, on average if several pieces were requested. */
  ms: number;
  /** Of the last piece. */
  values: number[];
  /** Milliseconds of each piece, where a worker measures them. */
  times?: number[];
  /** Why the work failed, if it did. */
  error?: string;
}

/** A worker has ended before it answered. Its own message is on standard error. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

/** A process that does as many pieces of work as a line of input says, and answers each line with a line of JSON. */
export interface Worker {
  hello: Hello;
  /**
   * Does work.
   *
   * @param count number of pieces, without a pause between them: a device may finish one while the next one is prepared.
   *   Default: 1. Only `train-step` and `latency` do more.
   */
  run(count?: number): Promise<Answer>;
  /** Largest resident memory of the process so far, MB (Linux). */
  peakMb(): number;
  /** Ends the process. */
  end(): Promise<void>;
}

/** Command that runs a TypeScript worker from the sources. */
export const NODE = [process.execPath, '--conditions=@onestep/source', '--import', 'tsx'] as const;

/**
 * Starts a worker and waits for its first line.
 *
 * @param threads number of threads it may use
 * @param environment further variables of its environment
 * @throws WorkerEnded if the process cannot be started, or ends before it answers
 */
export async function startWorker(
  [command, ...args]: readonly string[],
  threads: number,
  environment: Record<string, string> = {},
): Promise<Worker> {
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    console.error(`--threads is ${threads}, expected a whole number from 1 to 1024.`);
    process.exit(2);
  }
  const variables = ['ONESTEP_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS'];
  const counts = Object.fromEntries(variables.map((name) => [name, String(threads)]));
  const child = spawn(command!, args, {
    env: { ...process.env, ...counts, ...environment },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const ended = new Promise<string>((resolve) => {
    child.on('close', (code, signal) => resolve(failure?.message ?? signal ?? `exit code ${code}, see above`));
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value as string);
    throw new WorkerEnded(`${[command, ...args].join(' ').slice(0, 200)} ended: ${await ended}`);
  };
  return {
    hello: (await next()) as Hello,
    run: async (count = 1) => {
      child.stdin.write(`${count}\n`);
      return (await next()) as Answer;
    },
    peakMb: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}

/**
 * Returns the BLAS library of a PyTorch or scipy worker, by file name.
 *
 * @throws if it is a slow one: with the reference BLAS the peer is many times slower, and no comparison is fair
 */
export function requireFastBlas({ name, blas = [] }: Hello): string {
  const fast = blas.find((library) => /openblas|mkl/.test(library));
  if (fast !== undefined) return fast;
  throw new Error(
    `${name} uses ${blas.join(', ') || 'an unknown BLAS'}, which is slow. ` +
      'Run npm run setup:peers, or apt-get install libopenblas0-pthread for packages of Debian.',
  );
}
