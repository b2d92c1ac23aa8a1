/** Frames of a call through tfjs-core are many. */
const FRAMES = 80;
/** Frames that only say how an operation reaches the backend. */
const INSIDE = ['/@tensorflow/', 'node:internal/', new URL('..', import.meta.url).href.replace('file://', '')];

/** Remembers the calls under way; looking at them is left for later, since it costs much more. */
export function callsNow(): Error {
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  try {
    return new Error('recorded');
  } finally {
    Error.stackTraceLimit = before;
  }
}

/** Where in the program an operation was called: the innermost calls outside of tfjs and of this package. */
export function callSite(calls: Error): string {
  const frames = (calls.stack ?? '').split('\n').slice(1);
  return frames.filter((frame) => !INSIDE.some((part) => frame.includes(part))).slice(0, 5).join('\n'); // prettier-ignore
}
