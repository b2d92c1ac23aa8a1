import pc from 'picocolors';

/** Whether a stream is a terminal that understands escape codes: `TERM=dumb` says that it does not. */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  // `isTTY` is undefined, not false, for a pipe or a file, whatever its type says.
  return (stream.isTTY as true | undefined) === true && process.env.TERM !== 'dumb';
}

/** Colors for text on a stream: none in files and pipes, with `TERM=dumb` or `NO_COLOR`; always with `FORCE_COLOR`. */
export function colorsOf(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  return pc.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || isTerminal(stream)));
}
