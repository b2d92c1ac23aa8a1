import type { Safetensors } from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { TaskState } from '../training/task.js';
import { isRecord, parseRecord } from './json-record.js';
import type { RunProgress } from './run-progress.js';

/**
 * Everything a run resumes from.
 *
 * @internal
 */
export interface TrainingState {
  task: TaskState;
  progress: RunProgress;
  /** Length of stats.jsonl when the state was saved, in bytes. */
  statsBytes: number;
}

const FORMAT = 1;

/** Encodes a training state as one safetensors file, so that it is written completely or not at all. */
export function encodeTrainingState({ task, progress, statsBytes }: TrainingState): Safetensors {
  const state = JSON.stringify({ format: FORMAT, values: task.values, progress, statsBytes });
  return { tensors: task.tensors, metadata: { onestep_training_state: state } };
}

/**
 * Reads the file of a training state.
 *
 * @throws naming the file if it cannot be read or is not a training state
 * @internal
 */
export async function readTrainingState(path: string): Promise<TrainingState> {
  return decodeTrainingState(await readSafetensors(path), path);
}

/** What the metadata hold, if the file is not damaged. */
interface StateRecord {
  format: number;
  values: TaskState['values'];
  progress: RunProgress;
  statsBytes: number;
}

/** @throws naming `source`, the file, if it is not a training state of this format */
export function decodeTrainingState({ tensors, metadata }: Safetensors, source: string): TrainingState {
  const json = metadata.onestep_training_state;
  if (json === undefined) throw new Error(`${source} is not a training state.`);
  const record = parseRecord(json);
  if (record !== null && record.format !== FORMAT && Number.isInteger(record.format)) {
    throw new Error(
      `${source} has format ${String(record.format)}, but this version of onestep reads format ${FORMAT}.`,
    );
  }
  if (!isStateRecord(record)) {
    throw new Error(`${source} is a damaged training state. Move it away, to resume from the one before it.`);
  }
  const { values, progress, statsBytes } = record;
  for (const moments of Object.values(progress.moments)) {
    // JSON has no NaN and writes null for it. Such moments are only counted.
    moments.mean ??= NaN;
    moments.squares ??= NaN;
  }
  return { task: { tensors, values }, progress, statsBytes };
}

function isStateRecord(value: unknown): value is StateRecord {
  if (!isRecord(value) || !isRecord(value.values) || !isRecord(value.progress) || !isCount(value.statsBytes))
    return false;
  const { progress } = value;
  const times = [progress.tickSeconds, progress.totalSeconds];
  return (
    [progress.imagesSeen, progress.tick, progress.tickStart].every(isCount) &&
    times.every((seconds) => Number.isFinite(seconds)) &&
    isRecord(progress.moments) &&
    Object.values(progress.moments).every((moments) => isRecord(moments) && isCount(moments.num))
  );
}

/** Whether a value is a whole number from 0 on. */
function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
