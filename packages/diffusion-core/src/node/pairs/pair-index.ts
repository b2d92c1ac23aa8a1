import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { readRegularFile, writeFileAtomically } from '@onestep/checkpoint/node';
import { describeInvalidLabels, type TrainingLabels } from '../../conditions/training-labels.js';
import { isPairGuidance, type PairGuidance } from '../../pairs/pair-guidance.js';
import type { PairSamplerOptions } from '../../pairs/sample-pairs.js';
import { isRecord, parseRecord } from '../json-record.js';
import { adviseOnFailure, RunError } from '../run-error.js';
import { PAIR_DTYPES, type PairDtype } from './pair-dtype.js';

/** Name of the index in a folder of pairs. */
export const PAIR_INDEX = 'pairs.json';
const FORMAT = 'onestep pairs 1';

/** Everything on which the pairs of a folder depend, besides their seeds. JSON. */
export interface PairSettings {
  /** What made the images: its name for people, and its digest, null if it has no weights. */
  teacher: { name: string; digest: string | null };
  imgResolution: number;
  imgChannels: number;
  labelDim: number;
  /** The labels that the pairs were made with; null if unconditional, or nothing is known of them. */
  labels: TrainingLabels | null;
  sampler: PairSamplerOptions;
  /** How the images are stored. */
  dtype: PairDtype;
  /** The guidance of the teacher; left out, none. */
  guidance?: PairGuidance;
}

/** The index of a folder of pairs, `pairs.json`. */
export interface PairIndex extends PairSettings {
  /** Number of pairs. */
  count: number;
  /** Pairs in a file; the last one may have fewer. */
  shard: number;
  /** The seeds, as ranges from the first to the last of each. */
  seeds: [first: number, last: number][];
}

/** Name of a file of pairs. */
export function shardName(number: number): string {
  return `pairs-${String(number).padStart(5, '0')}.safetensors`;
}

/**
 * Identifies the settings of pairs; each file of pairs has it.
 *
 * @internal
 */
export function settingsDigest({ teacher, ...settings }: PairSettings): string {
  const { imgResolution, imgChannels, labelDim, labels, sampler, dtype, guidance } = settings;
  const sorted = Object.entries(sampler).sort(([a], [b]) => (a < b ? -1 : 1));
  const all: unknown[] = [teacher.digest ?? teacher.name, imgResolution, imgChannels, labelDim, labels, sorted, dtype];
  // Pairs without guidance have the digest that they had before there was any.
  if (guidance !== undefined) all.push(guidance);
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/**
 * Reads the index of a folder.
 *
 * @returns null if there is none
 * @throws RunError if it is damaged
 */
export function readPairIndex(folder: string): PairIndex | null {
  const path = join(folder, PAIR_INDEX);
  let text: string;
  try {
    text = readRegularFile(path).toString('utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
    throw error;
  }
  const { format, ...index } = parseRecord(text) ?? {};
  const problem = format === FORMAT ? describeInvalid(index) : `it is not of the format "${FORMAT}"`;
  if (problem === null) return index as unknown as PairIndex;
  throw new RunError(`${path} is damaged: ${problem}. Restore the file, or make the pairs again in another folder.`);
}

/** Writes the index of a folder. */
export async function writePairIndex(folder: string, index: PairIndex): Promise<void> {
  const path = join(folder, PAIR_INDEX);
  const text = `${JSON.stringify({ format: FORMAT, ...index }, null, 2)}\n`;
  await adviseOnFailure(path, () => writeFileAtomically(path, text));
}

/**
 * Checks that a folder has pairs of the same settings, so that those that are there can stay.
 *
 * @throws RunError naming the first setting that differs
 */
export function checkSameSettings(folder: string, there: PairIndex, here: PairIndex): void {
  // The name is for people: the same network may be in another place.
  const plain = ({ teacher, sampler, count: _, seeds: __, ...rest }: PairIndex): Record<string, unknown> => ({
    teacher: teacher.digest ?? teacher.name,
    ...sampler,
    ...rest,
  });
  const [before, now] = [there, here].map((index) => plain(JSON.parse(JSON.stringify(index)) as PairIndex));
  const names = Object.keys({ ...before, ...now });
  const other = names.find((name) => !isDeepStrictEqual(before![name], now![name]));
  if (other === undefined) return;
  const show = (value: unknown) => (value === undefined ? 'not set' : JSON.stringify(value));
  throw new RunError(
    `${folder} holds pairs made otherwise: ${other} is ${show(before![other])} there and ${show(now![other])} here. ` +
      'Choose another folder, or make more of those pairs with their own options.',
  );
}

/** Describes what is wrong with an index; null if nothing is. */
function describeInvalid(index: Record<string, unknown>): string | null {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) > 0;
  const wrong = ['count', 'shard', 'imgResolution', 'imgChannels'].find((name) => !isCount(index[name]));
  if (wrong !== undefined) return `its entry ${wrong} is not a whole number above 0`;
  const { labelDim, labels, teacher, sampler, dtype, seeds, guidance } = index;
  if (!Number.isSafeInteger(labelDim) || (labelDim as number) < 0) return 'its entry labelDim is not a whole number';
  if (!isRecord(teacher) || typeof teacher.name !== 'string') return 'its entry teacher has no name';
  if (!isRecord(sampler)) return 'its entry sampler is not an object';
  if (!Object.hasOwn(PAIR_DTYPES, String(dtype))) {
    return `its entry dtype is ${JSON.stringify(dtype) ?? 'missing'}, not one of ${Object.keys(PAIR_DTYPES).join(', ')}`;
  }
  if (guidance !== undefined && !isPairGuidance(guidance)) return 'its entry guidance is not valid';
  if (!Array.isArray(seeds)) return 'its entry seeds is not a list';
  const problem = labels === null || labels === undefined ? null : describeInvalidLabels(labels, labelDim);
  return problem === null ? null : `its labels ${problem}`;
}
