import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { datasetTable, type DatasetRow } from '../dataset/table.js';
import { growthFigure } from '../growth/figures.js';
import { growthTable, type GrowthRow } from '../growth/table.js';
import { latencyTable, type Latencies } from '../latency/table.js';
import { loadTable, type LoadRow } from '../load-weights/table.js';
import { writeTables } from '../markdown.js';
import { quickstartTable, type QuickstartResult } from '../quickstart/table.js';
import { RESULTS } from '../save-result.js';
import { sideTable, type SideBySide } from '../side-by-side.js';
import { startUpTable, type StartUp } from '../start-up/table.js';
import type { Row } from '../train-step/compare-size.js';
import { SIZES } from '../train-step/settings.js';
import { JAX_MODES } from '../train-step/step-peers.js';
import { bfloat16Table, firstTable, jaxTable, memoryTable, ratioTable, timeTable } from '../train-step/tables.js';
import { measuredHow } from './measured-how.js';

const README = new URL('../README.md', import.meta.url);

/** The head of each saved result. */
export interface Saved {
  date: string;
  command: string;
  machine: Record<string, unknown>;
}

/**
 * Writes the tables of what was compared with peers into benchmarks/README.md, and the figures of growth beside the results. A
 * comparison that was not measured keeps its table.
 */
export function writePeerTables(): void {
  const tables = new Map<string, string>();
  /** Adds a table with how it was measured below. */
  const add = (name: string, saved: readonly Saved[], text: string) => {
    if (saved.length > 0) tables.set(name, `${text}\n\n${measuredHow(saved)}`);
  };
  const steps = ['train', 'forward', 'sid', 'diff-instruct', 'boot'].flatMap((mode) =>
    Object.keys(SIZES).flatMap((size) => read<Row>(`train-step/${mode}/${size}`)),
  );
  for (const [name, format] of Object.entries({ ratioTable, timeTable, memoryTable, firstTable })) {
    add(`peers ${name.replace('Table', '')}`, steps, format(steps));
  }
  const inBfloat16 = Object.keys(SIZES).flatMap((size) => read<Row>(`train-step/forward-bfloat16/${size}`));
  add('peers bfloat16', inBfloat16, bfloat16Table(inBfloat16));
  const withJax = JAX_MODES.flatMap((mode) =>
    Object.keys(SIZES).flatMap((size) => read<Row>(`train-step/${mode}-jax/${size}`)),
  );
  add('peers jax', withJax, jaxTable(withJax));
  const latencies = ['quickstart', 'mc32-b2'].flatMap((size) => read<Latencies>(`latency/${size}`));
  add('peers latency', latencies, latencyTable(latencies));
  const addOne = <T>(result: string, format: (saved: T) => string) => {
    for (const saved of read<T>(result)) add(`peers ${result}`, [saved], format(saved));
  };
  addOne<{ results: SideBySide & { batch: number } }>('sampling', ({ results }) =>
    sideTable(results, perSecond(results.batch)),
  );
  addOne<{ results: SideBySide & { images: number } }>('inception', ({ results }) =>
    sideTable(results, perSecond(results.images)),
  );
  addOne<{ results: StartUp[] }>('start-up', ({ results }) => startUpTable(results));
  addOne<{ rows: LoadRow[] }>('load-weights', ({ rows }) => loadTable(rows));
  addOne<{ rows: DatasetRow[] }>('dataset', ({ rows }) => datasetTable(rows));
  addOne<QuickstartResult>('quickstart', quickstartTable);

  const growth = ['forward', 'train'].flatMap((mode) =>
    ['batch', 'resolution'].flatMap((axis) => read<{ results: GrowthRow[] }>(`growth/${mode}-${axis}`)),
  );
  const rows = growth.flatMap(({ results }) => results);
  add('peers growth', growth, growthTable(rows));
  for (const axis of ['batch', 'resolution'] as const) {
    if (!rows.some((row) => row.axis === axis)) continue;
    for (const quantity of ['time', 'memory'] as const) {
      writeFileSync(join(RESULTS, 'growth', `${axis}-${quantity}.svg`), growthFigure(rows, axis, quantity));
    }
  }
  const missing = writeTables(README, tables);
  if (missing.length > 0) throw new Error(`benchmarks/README.md has no place for ${missing.join(', ')}.`);
  console.log(`Wrote ${tables.size} tables into benchmarks/README.md.`);
}

const perSecond = (count: number) => ({ head: 'images/s', of: (ms: number) => ((count * 1000) / ms).toFixed(2) });

/** A saved result, or nothing where there is none. */
function read<T>(name: string): (T & Saved)[] {
  const file = join(RESULTS, `${name}.json`);
  return existsSync(file) ? [JSON.parse(readFileSync(file, 'utf8')) as T & Saved] : [];
}
