import { renameSync, writeFileSync } from 'node:fs';
import type { Figures } from './part.js';

/** The environment variable that names the file for the figures of a part. */
export const FIGURES_FILE = 'GPU_CHECK_FIGURES';

/**
 * Does the work of a part's process. An error becomes its figure `error`, in addition to what was measured until then.
 *
 * @param work gets the figures to fill, and a function that writes them as they are: a part that is stopped leaves what it knew
 */
export async function measure(work: (figures: Figures, write: () => void) => Promise<void>): Promise<void> {
  const file = process.env[FIGURES_FILE];
  if (file === undefined) throw new Error(`${FIGURES_FILE} is not set.`);
  const figures: Figures = {};
  const write = () => {
    writeFileSync(`${file}.tmp`, JSON.stringify(figures));
    renameSync(`${file}.tmp`, file);
  };
  try {
    await work(figures, write);
  } catch (error) {
    console.error(error);
    figures.error = (error as Error).message;
    process.exitCode = 1;
  }
  write();
}
