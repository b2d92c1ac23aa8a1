import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIGURES_FILE } from './figures-file.js';
import type { Figures, Part, PartResult } from './part.js';
import { runCommand } from './run-command.js';

const NO_TIME = 'no time left';

/** Whether a part was skipped because it did not fit into the budget. */
export function isOutOfTime({ status, reason }: PartResult): boolean {
  return status === 'skipped' && reason !== null && reason.startsWith(NO_TIME);
}

/** How parts are run. */
export interface RunArgs {
  /** Seconds for all parts together. */
  budgetS: number;
  /** Folder for the output and the figures of each part. */
  folder: string;
  /** Stops the part that runs; the others are skipped. */
  signal: AbortSignal;
  /** Called before a part runs. */
  onStart?(part: Part): void;
  /** Called with each result, and all results until then. */
  onResult?(result: PartResult, results: readonly PartResult[]): void;
}

/** Runs the parts in turn. Whatever becomes of one, the next one runs if time is left. Never throws because of a part. */
export async function runParts(parts: readonly Part[], args: RunArgs): Promise<PartResult[]> {
  const end = performance.now() + args.budgetS * 1000;
  const results: PartResult[] = [];
  for (const part of parts) {
    const result = await runPart(part, { ...args, leftS: (end - performance.now()) / 1000, results });
    results.push(result);
    args.onResult?.(result, results);
  }
  return results;
}

async function runPart(
  part: Part,
  { leftS, results, folder, signal, onStart }: RunArgs & { leftS: number; results: readonly PartResult[] },
): Promise<PartResult> {
  const { name, kind } = part;
  const skip = (reason: string): PartResult => ({ name, kind, status: 'skipped', reason, seconds: 0, figures: {} });
  if (signal.aborted) return skip('interrupted');
  const obstacle = part.findObstacle?.(results) ?? null;
  if (obstacle !== null) return skip(obstacle);
  if (leftS < part.leastS) {
    return skip(`${NO_TIME}: needs ${part.leastS} s, ${Math.max(0, Math.floor(leftS))} s left`);
  }

  onStart?.(part);
  const file = (ending: string) => join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}.${ending}`);
  const { limitS, env } = part;
  const withFile = { ...env, [FIGURES_FILE]: file('json') };
  const end = await runCommand({
    command: part.command,
    env: withFile,
    limitS: Math.min(limitS, leftS),
    log: file('log'),
    signal,
  });
  const { error, ...figures } = readFigures(file('json'));
  const ownWords = error === undefined ? [] : [String(error)];
  const failure =
    end.reason === null
      ? (part.findFault?.(figures, results) ?? null)
      : (end.stopped || error === undefined ? [end.reason, ...ownWords] : ownWords).join('; ');
  const result = { name, kind, seconds: end.seconds, figures };
  if (signal.aborted && failure !== null) return { ...result, status: 'skipped', reason: 'interrupted' };
  if (failure !== null)
    return { ...result, status: part.isOptional?.(results) ? 'skipped' : 'failed', reason: failure };
  return { ...result, status: 'ok', reason: null };
}

/** What a part has measured; nothing if it ended before. */
function readFigures(file: string): Figures {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Figures;
  } catch {
    return {};
  }
}
