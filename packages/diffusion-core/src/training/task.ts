import type { StateDict } from '@onestep/checkpoint';
import type { Moments } from './moments.js';

/**
 * A training step's statistics, by their published names such as `Loss/loss`: a number is one sample of a tick's average,
 * moments are as many as they count. NaN says that the step had no valid sample; it is counted, and is in no average.
 */
export type StepStats = Record<string, number | Moments>;

/** The value of a statistic in a step; NaN if it had no valid sample. */
export function meanOf(value: number | Moments): number {
  return typeof value === 'number' ? value : value.num === 0 ? NaN : value.mean;
}

/** A state that can be written to a file and continued from exactly. */
export interface TaskState {
  tensors: StateDict;
  /** JSON values: random streams, counters. */
  values: Record<string, unknown>;
}

/** A network ready to be saved: what a snapshot file holds. */
export interface NetworkSnapshot {
  tensors: StateDict;
  /** Strings for the file's metadata; the network's own package can rebuild it from them. */
  metadata: Record<string, string>;
}

/** A snapshot of one of several averages of a network. */
export interface NamedSnapshot extends NetworkSnapshot {
  /** The average's length as one word, such as `ema0.1`. */
  name: string;
}

/**
 * Something that is trained in steps of one batch. The loop knows no method by name: a teacher's training is a task,
 * and so is each distillation method.
 */
export interface TrainingTask {
  /** Images per step. */
  readonly batchSize: number;
  /**
   * One optimizer step (for a distillation method: one of each network).
   *
   * @param imagesSeen number of images before this step
   */
  step(imagesSeen: number): Promise<StepStats>;
  /** Everything that an exact continuation needs: networks, optimizers, EMA, random streams. */
  state(): Promise<TaskState>;
  /** Continues from a state. @throws if it belongs to other settings */
  restore(state: TaskState): Promise<void>;
  /** The network to publish (the EMA). */
  snapshot(): Promise<NetworkSnapshot>;
  /** The network's other averages, which are saved with it, one at a time. Left out, there are none. */
  furtherSnapshots?(): AsyncIterable<NamedSnapshot>;
  /**
   * Whether all its networks return numbers, for fixed noise. Weights can be numbers so large that they return NaN only.
   * The loop asks before it saves anything; left out, it looks at the weights alone.
   */
  isAlive?(): Promise<boolean>;
}
