import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import type { Cell, EmptyCell } from './cell.js';
import type { EngineName } from './engines.js';

/** What is known of an engine. */
export interface EngineResult {
  /** What ran, in words. Left out, the engine has never started. */
  description?: string;
  /** Why it does not start, if it has never started. */
  absent?: string;
  /** When it was last started, or was tried: ISO 8601. */
  date: string;
  machine: Record<string, string>;
  /** By the names of the parts. */
  cells: Record<string, Cell | EmptyCell>;
}

/** The results file: everything that the tables say. */
export interface Results {
  command: string;
  engines: Partial<Record<EngineName, EngineResult>>;
}

export const RESULTS_FILE = fileURLToPath(new URL('../../benchmarks/results/engine-table.json', import.meta.url));

/** Reads a results file. One that does not exist yet has no results. */
export function readResults(path: string): Results {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Results;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
    return { command: 'npm run engines', engines: {} };
  }
}

export async function writeResults(path: string, results: Results): Promise<void> {
  await writeFileAtomically(path, `${JSON.stringify(results, null, 2)}\n`);
}
