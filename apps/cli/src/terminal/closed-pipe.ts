/** The exit code when nobody reads the output any more: 128 + SIGPIPE, as shells report it of other programs. */
export const CLOSED_PIPE_EXIT_CODE = 141;

const listeners = new Set<() => void>();

/**
 * Makes the program end quietly once the reader of its output has gone (`onestep ... | head`), and not with an error's
 * trace: work that can be stopped is stopped, and without such work the process ends at once.
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

/** Has `listener` called when the reader has gone. @returns a function that ends that */
export function onClosedPipe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
