import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeTables } from '../markdown.js';
import { measuredHow } from '../peers/measured-how.js';
import type { Saved } from '../peers/write-tables.js';
import { RESULTS } from '../save-result.js';
import type { Arrival } from './first-picture.js';
import { firstPictureTable, latencyTable, transferTable, type StudentLatency } from './tables.js';

/** Writes the tables of what was saved into benchmarks/README.md. What was not measured keeps its table. */
export function writeBrowserTables(): void {
  const tables = new Map<string, string>();
  const add = <T>(name: string, format: (saved: T) => string) => {
    const file = join(RESULTS, 'browser', `${name}.json`);
    if (!existsSync(file)) return;
    const saved = JSON.parse(readFileSync(file, 'utf8')) as T & Saved;
    tables.set(`browser ${name}`, `${format(saved)}\n\n${measuredHow([saved])}`);
  };
  add<{ students: StudentLatency[] }>('latency', ({ students }) => latencyTable(students));
  add<Arrival>('transfer', (arrival) => `${transferTable(arrival)}\n\n${firstPictureTable(arrival)}`);
  const missing = writeTables(new URL('../README.md', import.meta.url), tables);
  if (missing.length > 0) throw new Error(`benchmarks/README.md has no place for ${missing.join(', ')}.`);
}
