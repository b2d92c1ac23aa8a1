import type { Safetensors } from '@onestep/checkpoint';
import { readSafetensors } from '@onestep/checkpoint/node';
import type { BestSnapshot } from './best-snapshot.js';
import type { Moments } from '../training/moments.js';
import type { TaskState } from '../training/task.js';

/** Where a run stands. */
export interface RunProgress {
  imagesSeen: number;
  /** Number of the tick that is being filled. */
  tick: number;
  /** Images at the beginning of that tick. */
  tickStart: number;
  /** Seconds of work in that tick so far. */
  tickSeconds: number;
  /** Seconds of work since the run began, all its processes together. */
  totalSeconds: number;
  /** Averages of that tick so far. */
  moments: Record<string, Moments>;
  /** The best snapshot so far, where only that and the last are kept. */
  best?: BestSnapshot;
}

/** Where a run begins. @param imagesSeen by the run whose state it begins with; 0 without one */
export function beginningAt(imagesSeen: number): RunProgress {
  return { imagesSeen, tick: 0, tickStart: imagesSeen, tickSeconds: 0, totalSeconds: 0, moments: {} };
}

/** Everything a run continues from. */
export interface TrainingState {
  task: TaskState;
  progress: RunProgress;
  /** Length of stats.jsonl at this moment. */
  statsBytes: number;
}

const FORMAT = 1;

/** A training state as the contents of one safetensors file, so that it is there entirely or not at all. */
export function encodeTrainingState({ task, progress, statsBytes }: TrainingState): Safetensors {
  const state = JSON.stringify({ format: FORMAT, values: task.values, progress, statsBytes });
  return { tensors: task.tensors, metadata: { onestep_training_state: state } };
}

/** Reads the file of a training state. @throws naming it if it is none */
export async function readTrainingState(path: string): Promise<TrainingState> {
  return decodeTrainingState(await readSafetensors(path), path);
}

/** @throws naming `source`, the file, if it is not a training state */
export function decodeTrainingState({ tensors, metadata }: Safetensors, source: string): TrainingState {
  const json = metadata.onestep_training_state;
  if (json === undefined) throw new Error(`${source} is not a training state.`);
  const { format, values, progress, statsBytes } = JSON.parse(json) as {
    format: number;
    values: TaskState['values'];
    progress: RunProgress;
    statsBytes: number;
  };
  if (format !== FORMAT) throw new Error(`${source} has the format ${format}, and this version reads ${FORMAT}.`);
  for (const moments of Object.values(progress.moments)) {
    // JSON has no NaN and writes null for it.
    moments.mean ??= NaN;
    moments.squares ??= NaN;
  }
  return { task: { tensors, values }, progress, statsBytes };
}
