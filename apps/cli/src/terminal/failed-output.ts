import { colorsOf } from './colors.js';

/** Exit code after the reader of the output has gone: 128 + SIGPIPE, as shells report it for other programs. */
const CLOSED_PIPE_EXIT_CODE = 141;

const listeners = new Set<(exitCode: number) => void>();

/**
 * Ends the program without a stack trace when its output cannot be written any more: silently when the reader has gone
 * (`onestep ... | head`), with one line on standard error when the disk of standard output is full. Work that can be
 * interrupted is interrupted; otherwise the process exits at once. Standard error on a full disk is given up silently.
 */
export function endWithOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    let failed = false;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (failed) return;
      failed = true;
      if (error.code === 'EPIPE') end(CLOSED_PIPE_EXIT_CODE);
      else if (stream === process.stdout) endWithLine(error);
    });
  }
}

/**
 * Calls `listener` when the output cannot be written any more.
 *
 * @returns a function that removes the listener
 */
export function onFailedOutput(listener: (exitCode: number) => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function endWithLine({ message }: Error): void {
  process.stderr.write(
    `${colorsOf(process.stderr).red('error:')} Standard output could not be written: ${message}. ` +
      'Files are not affected; send the output elsewhere, and run the command again.\n',
  );
  end(1);
}

function end(exitCode: number): void {
  if (listeners.size === 0) process.exit(exitCode);
  for (const listener of listeners) listener(exitCode);
}
