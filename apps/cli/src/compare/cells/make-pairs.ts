import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { networkArguments } from '../../options/network-options.js';
import { readJson } from '../../read-json.js';
import type { CellOptions } from './cell-options.js';
import { runProgram, type RunProgramArgs } from './program-process.js';

/** The teacher's pairs of a comparison. */
export interface MadePairs {
  folder: string;
  /** Seconds in which they were made. */
  seconds: number;
}

/**
 * Makes the pairs that methods learn from, with `onestep edm pairs`. Those that are there stay.
 *
 * @returns null if the signal stopped it
 * @throws ProgramFailed if they cannot be made
 */
export async function makeCellPairs(
  { outdir, teacher, pairs, backend, ...options }: CellOptions,
  { program, signal, onLine }: Omit<RunProgramArgs, 'args'>,
): Promise<MadePairs | null> {
  const folder = join(outdir, 'pairs');
  const path = join(outdir, 'pairs.json');
  const before = (await readJson<{ pairs: number; seconds: number }>(path, ['pairs', 'seconds'])) ?? {
    pairs: 0,
    seconds: 0,
  };
  if (before.pairs === pairs) return { folder, seconds: before.seconds };
  const started = performance.now();
  const args = ['edm', 'pairs', '--network', teacher, '--outdir', folder, '--num', String(pairs)];
  const more = [...(backend === undefined ? [] : ['--backend', backend]), ...networkArguments(options)];
  const isComplete = await runProgram({ program, args: [...args, ...more], onLine, signal });
  const seconds = before.seconds + (performance.now() - started) / 1000;
  const record = { pairs: isComplete ? pairs : before.pairs, seconds };
  await writeFileAtomically(path, `${JSON.stringify(record)}\n`);
  return isComplete ? { folder, seconds } : null;
}
