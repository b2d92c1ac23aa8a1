import type { InstallReport } from '@onestep/backends/install';
import { LiveLine } from '../terminal/live-line.js';

/** Prints the steps of an installation as lines, and what the running step does on a line that is updated in place. */
export function installProgress(): InstallReport & { end(): void } {
  const line = new LiveLine();
  return {
    step: (text) => line.print(`${text}.`),
    progress: (text) => line.update(text),
    end: () => line.clear(),
  };
}
