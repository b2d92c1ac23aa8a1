/** Frames of a call through tfjs-core are many. */
const FRAMES = 80;
/** Frames that only say how an operation reaches the backend. */
const INSIDE = ['/@tensorflow/', 'node:internal/', new URL('..', import.meta.url).pathname];

/** Remembers the calls under way; looking at them is left for later, since it costs much more. */
export function captureStack(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    return new Error('recorded');
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Where in the program an operation was called: the innermost calls outside of tfjs and of this package. */
export function findCallSite(calls: Error): string {
  const [, ...frames] = (calls.stack ?? '').split('\n');
  // Only tfjs-core calls the backend, from a file of its own or from a bundle of it.
  const own = frames.findIndex((frame) => !frame.includes(INSIDE[2]!));
  const core = fileOf(frames[own] ?? '');
  const outside = frames.filter((frame) => fileOf(frame) !== core && !INSIDE.some((part) => frame.includes(part)));
  return outside.slice(0, 5).join('\n');
}

/** The file in a line like `at f (file:///a/b.js:1:2)`. */
const fileOf = (frame: string) => /([^\s(]*?):\d+:\d+\)?$/.exec(frame)?.[1];
