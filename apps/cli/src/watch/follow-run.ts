import { watch } from 'node:fs';

/** Files of a run whose change shows something new. */
const SHOWN = /^(stats\.jsonl|log\.txt|run\.lock|fakes.*\.png)$/;
/** Milliseconds in which changes are taken together: a tick writes several files. */
const TOGETHER = 200;

/**
 * Calls `show` now and after each change of a run's folder, one call at a time, until the signal fires.
 *
 * @throws whatever `show` throws
 */
export async function followRun(folder: string, show: () => Promise<void>, signal: AbortSignal): Promise<void> {
  let wake: () => void = () => undefined;
  let isChanged = true;
  const changed = (name: string | null) => {
    if (name !== null && !SHOWN.test(name)) return;
    isChanged = true;
    wake();
  };
  const watcher = watch(folder, (_, name) => changed(name));
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      if (isChanged) {
        isChanged = false;
        await show();
        await pause(TOGETHER, signal);
      } else {
        await new Promise<void>((resolve) => (wake = resolve));
      }
    }
  } finally {
    watcher.close();
    signal.removeEventListener('abort', onAbort);
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
  });
}
