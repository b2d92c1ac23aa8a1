import { setTimeout } from 'node:timers/promises';
import type { MpiCommunicator } from '@onestep/mpi';
import { outcomeLine, type Outcome } from '../outcome.js';
import { writeLastWords } from './silence.js';

/** Bytes of an outcome that a process passes on. */
const NOTE_BYTES = 4096;
/** Milliseconds that a process which failed waits for the others to end too; higher ranks wait longer. */
const PATIENCE = 1500;
/** Milliseconds by which each rank waits longer than the one before it, so that one of several speaks first. */
const STAGGER = 250;

/**
 * Ends the processes of a job together. Processes that all end tell one message and exit with one code. One that fails while
 * others work tells its message, and ends them.
 *
 * @returns the exit code
 */
export async function endJob(communicator: MpiCommunicator, own: Outcome): Promise<number> {
  const { rank, host } = communicator;
  // Who is done waits for the others; who failed must not.
  const isDone = own.exitCode === 0;
  const limit = isDone ? Infinity : PATIENCE + STAGGER * Math.min(rank, 8);
  const notes = await communicator.gatherWithin(encode(own, host), NOTE_BYTES, limit);
  if (notes === null) {
    const { rank: number, host: place } = own.failed ?? { rank, host };
    const message = `Rank ${number} on ${place}: ${own.message}`;
    if (own.message !== '') writeLastWords(outcomeLine({ ...own, message }));
    // The launcher passes on what was said.
    await setTimeout(200);
    communicator.abort(own.exitCode);
    return own.exitCode;
  }
  const all = notes.map(decode);
  const first = Math.max(
    0,
    all.findIndex(({ exitCode }) => exitCode !== 0),
  );
  const { exitCode, message, isError, isSaid, host: where, failed } = all[first]!;
  const isOfAll = all.every((other) => other.message === message && other.failed === undefined);
  const { rank: number, host: place } = failed ?? { rank: first, host: where };
  if (rank === 0 && message !== '' && !(first === 0 && isSaid)) {
    const isPlain = isOfAll || !isError;
    writeLastWords(outcomeLine({ isError, message: isPlain ? message : `Rank ${number} on ${place}: ${message}` }));
  }
  await communicator.close();
  return exitCode;
}

type Note = Outcome & { host: string };

function encode(outcome: Outcome, host: string): Uint8Array {
  // A character takes six bytes of JSON at most.
  const message = outcome.message.slice(0, (NOTE_BYTES - 512) / 6);
  return new TextEncoder().encode(JSON.stringify({ ...outcome, message, host: host.slice(0, 64) }));
}

function decode(note: Uint8Array): Note {
  return JSON.parse(new TextDecoder().decode(note).replaceAll('\0', '')) as Note;
}
