import { readFileSync } from 'node:fs';
import type { Cell } from './cells.js';

/** What the benchmark of the methods has saved, as far as it is shown here. */
export interface MethodsResults {
  points: number[];
  recipes: {
    name: string;
    sees: string;
    cells: Cell[];
    timing: { secondsPerKimg: number };
  }[];
}

/** Reads results/methods.json. */
export function readMethods(): MethodsResults {
  return JSON.parse(readFileSync(new URL('../results/methods.json', import.meta.url), 'utf8')) as MethodsResults;
}
