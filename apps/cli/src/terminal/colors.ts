import pc from 'picocolors';

/** Whether a stream is a terminal that understands escape codes: `TERM=dumb` says that it does not. */
export function isTerminal(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY && process.env.TERM !== 'dumb';
}

/** Colors for text on a stream: none in files and pipes, with `TERM=dumb` or `NO_COLOR`; always with `FORCE_COLOR`. */
export function colorsOf(stream: NodeJS.WriteStream): ReturnType<typeof pc.createColors> {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  return pc.createColors(!NO_COLOR && (Boolean(FORCE_COLOR) || isTerminal(stream)));
}
