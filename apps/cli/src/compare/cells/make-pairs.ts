import { join } from 'node:path';
import { onFirstRank, type Communicator } from '@onestep/diffusion-core';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import { guidanceArguments } from '../../options/guidance-options.js';
import { networkArguments } from '../../options/network-options.js';
import { textEncoderArguments } from '../../options/text-encoder-options.js';
import { renameAside } from '../set-aside.js';
import { readJson } from '../../read-json.js';
import type { CellOptions } from './cell-options.js';
import type { RunCommand } from './run-command.js';

/** The teacher's pairs of a comparison. */
export interface MadePairs {
  folder: string;
  /** Seconds in which they were made. */
  seconds: number;
}

/** What is known of the pairs of a comparison. */
interface PairRecord {
  pairs: number;
  seconds: number;
  /** Digest of the teacher that made them. Earlier versions did not record it. */
  teacher?: string;
}

const NO_PAIRS: PairRecord = { pairs: 0, seconds: 0 };

/** Arguments of {@link makeCellPairs}. */
export interface MakeCellPairsArgs {
  run: RunCommand;
  onLine: (line: string) => void;
  signal: AbortSignal;
  communicator: Communicator;
  /** Digest of the teacher. Pairs of another one are set aside. */
  teacher: string;
  log: (text: string) => Promise<void>;
}

/**
 * Makes the pairs that methods learn from, with `onestep edm pairs`. Those that are there stay.
 *
 * @returns null if the signal stopped it
 * @throws ProgramFailed if they cannot be made
 */
export async function makeCellPairs(
  { outdir, teacher: source, pairs, prompts, backend, ...options }: CellOptions,
  { teacher, run, signal, onLine, log, communicator }: MakeCellPairsArgs,
): Promise<MadePairs | null> {
  const folder = join(outdir, 'pairs');
  const path = join(outdir, 'pairs.json');
  const before = await onFirstRank(communicator, async () => {
    const found = (await readJson<PairRecord>(path, ['pairs', 'seconds'])) ?? NO_PAIRS;
    const isOfOther = found.teacher !== undefined && found.teacher !== teacher;
    if (isOfOther) await renameAside(folder, found.teacher!, log);
    return isOfOther ? NO_PAIRS : found;
  });
  if (before.pairs === pairs) return { folder, seconds: before.seconds };
  const started = performance.now();
  const args = ['edm', 'pairs', '--network', source, '--outdir', folder, '--num', String(pairs)];
  const more = [
    ...(prompts === undefined ? [] : ['--prompts', prompts]),
    ...textEncoderArguments(options),
    ...(backend === undefined ? [] : ['--backend', backend]),
    ...networkArguments(options),
    ...guidanceArguments(options),
  ];
  const isComplete = await run([...args, ...more], { onLine, signal });
  const seconds = before.seconds + (performance.now() - started) / 1000;
  const record: PairRecord = { pairs: isComplete ? pairs : before.pairs, seconds, teacher };
  await onFirstRank(communicator, () => writeFileAtomically(path, `${JSON.stringify(record)}\n`));
  return isComplete ? { folder, seconds } : null;
}
