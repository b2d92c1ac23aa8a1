import { parseArgs } from 'node:util';
import { ENGINE_NAMES, type EngineName } from './engines.js';
import { PARTS } from './parts/registry.js';
import { RESULTS_FILE } from './results.js';

const LIMIT = 300;

export const USAGE = `Usage: npm run engines -- [options]

Measures what has to hold on every engine: numbers against those of the published
implementations, exact resume, flat memory. Writes benchmarks/results/engine-table.json
and, from it, the tables of docs/engine/tested.md and README.md.

  --only LIST      only these engines: ${ENGINE_NAMES.join(', ')}
  --parts LIST     only these parts: ${PARTS.map(({ name }) => name).join(', ')}
  --redo           measure again what the file has already
  --limit SECONDS  end a part on an engine after this time, and keep what was
                   measured (default: ${LIMIT})
  --results FILE   another results file; the documents are left alone
  --render         only write the documents

Exit status: 0 everything measured is within its limits, 1 something is not,
2 wrong usage.`;

/** Wrong usage of the command. */
export class UsageError extends Error {}

/** Options of the command. */
export interface EngineTableOptions {
  engines: EngineName[];
  /** Names of the parts. */
  parts: string[];
  redo: boolean;
  /** Seconds for a part on an engine. */
  limit: number;
  results: string;
  render: boolean;
}

/**
 * Parses the command's arguments.
 *
 * @returns null for `--help`
 * @throws UsageError
 */
export function parseOptions(args: string[]): EngineTableOptions | null {
  const { values } = parse(args);
  if (values.help) return null;
  const limit = Number(values.limit);
  if (!(limit > 0 && limit < 1e6)) throw new UsageError(`--limit must be a number of seconds, not ${values.limit}.`);
  const names = PARTS.map(({ name }) => name);
  return {
    engines: choose('engine', values.only, ENGINE_NAMES),
    parts: choose('part', values.parts, names),
    redo: values.redo,
    limit,
    results: values.results,
    render: values.render,
  };
}

/** Returns the known names of a list, in their own order; all of them, where there is no list. */
function choose<T extends string>(what: string, list: string | undefined, known: readonly T[]): T[] {
  if (list === undefined) return [...known];
  const names = list.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !(known as readonly string[]).includes(name));
  if (unknown.length === 0) return known.filter((name) => names.includes(name));
  throw new UsageError(`Unknown ${what} ${unknown.join(', ')}. Available: ${known.join(', ')}.`);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        only: { type: 'string' },
        parts: { type: 'string' },
        redo: { type: 'boolean', default: false },
        limit: { type: 'string', default: String(LIMIT) },
        results: { type: 'string', default: RESULTS_FILE },
        render: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
