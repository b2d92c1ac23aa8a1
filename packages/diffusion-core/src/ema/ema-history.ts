import { parseJson } from '@onestep/checkpoint';
import { isEmaLength, type EmaLength } from './ema-length.js';

/** A part of a training in which nothing changed that an EMA depends on. */
export interface EmaSegment {
  /** Images seen before its first step. */
  from: number;
  /** Images in each of its steps. */
  batch: number;
  length: EmaLength;
}

/** How an EMA of weights was made: everything that tells how much the weights after each step count in it. */
export interface EmaRecord {
  /** Images seen when it was taken. */
  images: number;
  /** The seed that the training was started with: averages with another one are of another training. */
  seed: number;
  /** The training from its first step on. */
  history: readonly EmaSegment[];
}

/** The entry of a network file's metadata with its {@link EmaRecord}, as JSON. */
const EMA_ENTRY = 'onestep_ema';

/** Writes a record as the metadata of a file. */
export function emaMetadata(record: EmaRecord | ReconstructedEma): Record<string, string> {
  return { [EMA_ENTRY]: JSON.stringify(record) };
}

/** An EMA that was not kept during the training, but computed from others after it. */
export interface ReconstructedEma {
  /** Images seen at the time that it stands for. */
  images: number;
  length: EmaLength;
  reconstructed: {
    /** Norm of the difference between its profile and the one that was wanted, relative to the norm of the latter. */
    error: number;
    /** Number of averages of which it is a combination. */
    from: number;
  };
}

/**
 * Reads the record of the EMA in a network's file.
 *
 * @returns null if the file has none; undefined if it is damaged
 */
export function readEmaRecord(
  metadata: Readonly<Record<string, string>>,
): EmaRecord | ReconstructedEma | null | undefined {
  const text = metadata[EMA_ENTRY];
  if (text === undefined) return null;
  try {
    const record = parseJson(text);
    return isEmaRecord(record) || isReconstructed(record) ? record : undefined;
  } catch {
    return undefined;
  }
}

/** Steps of the longest training: its profiles are in memory. */
const MAX_STEPS = 5e6;

/** Whether a value from a file is a record with steps that follow each other. */
export function isEmaRecord(value: unknown): value is EmaRecord {
  const { images, seed, history } = Object(value) as Partial<EmaRecord>;
  if (!isCount(images) || !isCount(seed) || !Array.isArray(history) || history.length === 0) return false;
  let steps = 0;
  return history.every((segment: unknown, i) => {
    const { from, batch, length } = Object(segment) as Partial<EmaSegment>;
    const end = i + 1 < history.length ? Number((Object(history[i + 1]) as Partial<EmaSegment>).from) : images;
    const isPart = isCount(from) && isCount(batch) && batch > 0 && isEmaLength(length);
    if (!isPart || !(end > from) || (end - from) % batch !== 0) return false;
    steps += (end - from) / batch;
    return steps <= MAX_STEPS;
  });
}

function isReconstructed(value: unknown): value is ReconstructedEma {
  const { images, length, reconstructed } = Object(value) as Partial<ReconstructedEma>;
  return isCount(images) && isEmaLength(length) && typeof Object(reconstructed).error === 'number';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
