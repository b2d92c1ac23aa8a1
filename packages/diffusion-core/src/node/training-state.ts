import type { Safetensors } from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { TaskState } from '../training/task.js';
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

/** @throws naming `source`, the file, if it is not a training state of this format */
function decodeTrainingState({ tensors, metadata }: Safetensors, source: string): TrainingState {
  const json = metadata.onestep_training_state;
  if (json === undefined) throw new Error(`${source} is not a training state.`);
  const { format, values, progress, statsBytes } = JSON.parse(json) as {
    format: number;
    values: TaskState['values'];
    progress: RunProgress;
    statsBytes: number;
  };
  if (format !== FORMAT) {
    throw new Error(`${source} has format ${format}, but this version of onestep reads format ${FORMAT}.`);
  }
  for (const moments of Object.values(progress.moments)) {
    // JSON has no NaN and writes null for it. Such moments are only counted.
    moments.mean ??= NaN;
    moments.squares ??= NaN;
  }
  return { task: { tensors, values }, progress, statsBytes };
}
