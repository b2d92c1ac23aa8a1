import { join } from 'node:path';
import { parseJson } from '@onestep/checkpoint';
import { readRegularFile } from '@onestep/checkpoint/node';
import type { RecordedTick } from '@onestep/diffusion-core/node';
import { UserError } from '../user-error.js';

/** A file of a run's folder as text; empty where there is none. */
export function readText(folder: string, name: string): string {
  try {
    return readRegularFile(join(folder, name)).toString('utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/**
 * The ticks that a run has recorded so far, also while it runs: what is written of a line counts when it is whole.
 *
 * @param wayOut what can be done about a damaged file
 * @throws UserError if a line is damaged
 */
export function readTicks(folder: string, wayOut = ''): RecordedTick[] {
  const lines = readText(folder, 'stats.jsonl').split('\n').slice(0, -1);
  return lines.flatMap((line, i) => {
    if (line === '') return [];
    try {
      const tick = parseJson(line);
      if (typeof tick === 'object' && tick !== null) return [tick as RecordedTick];
    } catch {
      // told below
    }
    const damage = `${join(folder, 'stats.jsonl')} is damaged: its line ${i + 1} is not an object of JSON.`;
    throw new UserError(`${damage} ${wayOut}`.trim());
  });
}

/** The last value of a statistic; null if there is none. */
export function lastMean(ticks: readonly RecordedTick[], name: string): number | null {
  return ticks.findLast((tick) => typeof tick[name]?.mean === 'number')?.[name]?.mean ?? null;
}
