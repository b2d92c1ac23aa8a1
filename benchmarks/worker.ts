import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/** What a worker says of itself in its first line. */
export interface Hello {
  name: string;
  parameters: number;
  /** PyTorch's BLAS libraries. */
  blas?: string[];
}

/** One piece of work: its time, and numbers that show that it was the right work. */
export interface Answer {
  ms: number;
  values: number[];
  /** Why it could not be done. */
  error?: string;
}

/** A process that does one piece of work for each line it is sent, and answers with a line of JSON. */
export interface Worker {
  hello: Hello;
  run(): Promise<Answer>;
  /** Largest resident memory of the process so far, MB (Linux). */
  peakMb(): number;
  end(): Promise<void>;
}

/** How a benchmark's TypeScript worker is started from the sources. */
export const NODE = [process.execPath, '--conditions=@onestep/source', '--import', 'tsx'] as const;

/**
 * Starts a worker and waits for its first line.
 *
 * @param threads that it may compute with
 * @throws if the process cannot be started, or ends before it answers; its own message is on standard error
 */
export async function startWorker([command, ...args]: readonly string[], threads: number): Promise<Worker> {
  const variables = ['ONESTEP_THREADS', 'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS'];
  const child = spawn(command!, args, {
    env: { ...process.env, ...Object.fromEntries(variables.map((name) => [name, String(threads)])) },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let failure: Error | undefined;
  child.on('error', (error) => (failure = error));
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    if (!done) return JSON.parse(value as string);
    throw new Error(`${[command, ...args].join(' ').slice(0, 200)} ended: ${failure?.message ?? 'see above'}`);
  };
  return {
    hello: (await next()) as Hello,
    run: async () => {
      child.stdin.write('go\n');
      return (await next()) as Answer;
    },
    peakMb: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    end: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
