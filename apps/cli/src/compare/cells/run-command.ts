import { anyRank, type Communicator } from '@onestep/diffusion-core';

/**
 * Runs a command of this program.
 *
 * @param args the command and its options
 * @param control `onLine` is called with lines that it prints, where they are not printed; `signal` asks it to stop in good order
 * @returns false if the signal stopped it
 */
export type RunCommand = (
  args: readonly string[],
  control: { onLine?: (line: string) => void; signal: AbortSignal },
) => Promise<boolean>;

/**
 * Makes a function that runs a command in all processes of a job together. They cannot start others, which would not be of the job.
 * The command prints its lines itself, and what it throws is thrown.
 *
 * @param run runs a command in this process
 */
export function inThisJob(run: (args: readonly string[]) => Promise<void>, communicator: Communicator): RunCommand {
  return async (args, { signal }) => {
    await run(args);
    // A signal reaches some of them only.
    return !(await anyRank(communicator, signal.aborted));
  };
}
