/** Calls through tfjs-core have many frames. */
const MAX_FRAMES = 80;
const PACKAGE_FOLDER = new URL('..', import.meta.url).pathname;
/** Frames that only show how an operation reaches the backend. */
const INTERNAL_FRAMES = ['/@tensorflow/', 'node:internal/', PACKAGE_FOLDER];

/** Captures the current call stack. It is formatted only when it is needed, because that is much slower. */
export function captureStack(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = MAX_FRAMES;
  try {
    return new Error('recorded');
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Finds where a program called an operation: the innermost frames outside of tfjs and this package. */
export function findCallSite(stack: Error): string {
  const [, ...frames] = (stack.stack ?? '').split('\n');
  // Only tfjs-core calls the backend, from its own file or from a bundle that contains it.
  const caller = frames.findIndex((frame) => !frame.includes(PACKAGE_FOLDER));
  const core = fileOf(frames[caller] ?? '');
  const outside = frames.filter(
    (frame) => fileOf(frame) !== core && !INTERNAL_FRAMES.some((part) => frame.includes(part)),
  );
  return outside.slice(0, 5).join('\n');
}

/** The file in a line like `at f (file:///a/b.js:1:2)`. */
const fileOf = (frame: string) => /([^\s(]*?):\d+:\d+\)?$/.exec(frame)?.[1];
