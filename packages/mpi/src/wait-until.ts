import { setImmediate, setTimeout } from 'node:timers/promises';

/** Milliseconds of a nap, which leaves the processor to others. Shorter than a timer can be. */
const NAP = 0.05;
/** Milliseconds after which pauses are longer than naps. */
const PATIENCE = 20;
/** The longest pause, in milliseconds. */
const LONGEST_PAUSE = 10;

const never = new Int32Array(new SharedArrayBuffer(4));

/** How a call is waited for. `rest`: for other processes, which may take minutes. `haste`: for data that move. */
export type Pace = 'rest' | 'haste';

/**
 * Waits until `isDone`, and lets the event loop run meanwhile: signals and timers are served. Data move only while it is
 * tested, so that it is tested most of the time when they do. Whoever waits for others leaves them the processor, and
 * is late by a tenth of the time waited at most.
 *
 * @param limit milliseconds after which it gives up
 * @returns whether it is done
 */
export async function waitUntil(isDone: () => boolean, pace: Pace, limit = Infinity): Promise<boolean> {
  const begin = performance.now();
  const spin = pace === 'haste' ? 4 * NAP : 0;
  for (;;) {
    const turn = performance.now();
    do if (isDone()) return true;
    while (performance.now() - turn < spin);
    const waited = performance.now() - begin;
    if (waited > limit) return false;
    if (pace === 'rest' && waited > PATIENCE) await setTimeout(Math.min(LONGEST_PAUSE, Math.ceil(waited / 10)));
    else {
      Atomics.wait(never, 0, 0, NAP);
      await setImmediate();
    }
  }
}
