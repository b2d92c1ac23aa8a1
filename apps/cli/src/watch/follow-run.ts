import { watch, type FSWatcher } from 'node:fs';

/** Files of a run whose change shows something new, and new runs in a folder of runs. */
const SHOWN = /^(stats\.jsonl|log\.txt|run\.lock|fakes.*\.png|\d{5}-.*)$/;
/** Milliseconds in which changes are taken together: a tick writes several files. */
const TOGETHER = 200;
/** Milliseconds after which it looks without a change: nothing tells that a process was killed. */
const WITHOUT_CHANGE = 30_000;

/**
 * Calls `show` now and after each change of a run's folder, one call at a time, until the signal fires.
 *
 * @param screen a terminal, after a change of whose size it is called, too
 * @throws whatever `show` throws
 */
export function followRun(
  folder: string,
  show: () => Promise<void>,
  signal: AbortSignal,
  screen?: NodeJS.WriteStream,
): Promise<void> {
  return followFolders(() => show().then(() => [folder]), signal, screen);
}

/**
 * Calls `show` now and after each change of the folders that it returns, one call at a time, until it returns none or the signal fires.
 *
 * @param show returns folders of runs, or of several runs, to follow next
 * @param screen see {@link followRun}
 * @throws whatever `show` throws
 */
export async function followFolders(
  show: () => Promise<readonly string[]>,
  signal: AbortSignal,
  screen?: NodeJS.WriteStream,
): Promise<void> {
  const watchers = new Map<string, FSWatcher>();
  let wake: () => void = () => undefined;
  let isChanged: boolean;
  const changed = (name: string | null) => {
    if (name !== null && !SHOWN.test(name)) return;
    isChanged = true;
    wake();
  };
  const resized = () => changed(null);
  screen?.on('resize', resized);
  try {
    while (!signal.aborted) {
      isChanged = false;
      const folders = await show();
      if (folders.length === 0) return;
      for (const folder of folders.filter((each) => !watchers.has(each))) {
        watchers.set(
          folder,
          watch(folder, (_, name) => changed(name)),
        );
        // What has changed between the two is not told.
        isChanged = true;
      }
      if (isChanged) await pause(TOGETHER, signal);
      else await pause(WITHOUT_CHANGE, signal, (end) => (wake = end));
    }
  } finally {
    screen?.off('resize', resized);
    for (const watcher of watchers.values()) watcher.close();
  }
}

/** Waits until the time is over, the signal fires, or the function that `onStart` receives is called. */
function pause(milliseconds: number, signal: AbortSignal, onStart: (end: () => void) => void = () => undefined) {
  return new Promise<void>((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal.addEventListener('abort', end);
    onStart(end);
  });
}
