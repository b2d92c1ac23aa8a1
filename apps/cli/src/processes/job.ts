import { hostname } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { agree } from '@onestep/diffusion-core';
import { MpiError, openMpi, type Launch, type MpiCommunicator } from '@onestep/mpi';
import packageJson from '../../package.json' with { type: 'json' };
import { debugError, outcomeLine, outcomeOf, outcomeOfReturn, type Outcome } from '../outcome.js';
import { setCommunicator } from './communicator.js';
import { endJob } from './end-job.js';
import { programDigest } from './program-digest.js';
import { shareHost } from './share-host.js';
import { silenceOutput, writeLastWords } from './silence.js';
import { writeNote } from '../terminal/output-mode.js';

/**
 * Runs a command in one of the processes that a launcher started, and ends with the others. Only process 0 prints. What fails in one
 * of them ends all, with one message that names its rank and host.
 *
 * @param argv what was typed, which has to be the same in all processes
 * @param run runs the command
 */
export async function runInJob(launch: Launch, argv: readonly string[], run: () => Promise<void>): Promise<void> {
  if (launch.rank > 0) silenceOutput();
  let communicator: MpiCommunicator;
  try {
    communicator = await openMpi();
  } catch (error) {
    return failAlone(launch, error);
  }
  setCommunicator(communicator, launch);
  let ending: Promise<void> | undefined;
  const end = (outcome: Outcome) =>
    (ending ??= endJob(communicator, outcome).then((exitCode) => void (process.exitCode = exitCode)));
  const fail = (error: unknown) => {
    debugError(error);
    // Nothing keeps the process alive that should not: an error of its own must not make it wait for more.
    void end(outcomeOf(error)).finally(() => process.exit());
  };
  process.on('uncaughtException', fail).on('unhandledRejection', fail);
  try {
    await agree(communicator, {
      program: `onestep ${packageJson.version} (code ${await programDigest()})`,
      'Node.js': process.version,
      'command line': argv.join(' '),
    });
    const note = await shareHost(communicator);
    if (note !== null) writeNote(note);
    await run();
    await end(outcomeOfReturn());
  } catch (error) {
    debugError(error);
    await end(outcomeOf(error));
  }
}

/** Without MPI, processes know nothing of each other. Where all of them lack the same, the launcher ends them when rank 0 fails. */
async function failAlone({ rank }: Launch, error: unknown): Promise<void> {
  const outcome = outcomeOf(error);
  if (rank > 0) await setTimeout(1500);
  const message = rank > 0 ? `Rank ${rank} on ${hostname()}: ${outcome.message}` : outcome.message;
  writeLastWords(outcomeLine({ isError: true, message }));
  if (!(error instanceof MpiError)) debugError(error);
  process.exitCode = 1;
}
