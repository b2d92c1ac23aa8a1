/** Exit code after the reader of the output has gone: 128 + SIGPIPE, as shells report it for other programs. */
export const CLOSED_PIPE_EXIT_CODE = 141;

const listeners = new Set<() => void>();

/**
 * Ends the program silently, without a stack trace, when the reader of its output has gone (`onestep ... | head`). Work
 * that can be interrupted is interrupted; otherwise the process exits at once.
 */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      if (listeners.size === 0) process.exit(CLOSED_PIPE_EXIT_CODE);
      for (const listener of listeners) listener();
    });
  }
}

/** Calls `listener` when the reader has gone. @returns a function that removes the listener */
export function onClosedPipe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
