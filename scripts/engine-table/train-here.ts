import type { StateDict } from '@onestep/checkpoint';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { joinParts, takePart, type StepStats } from '@onestep/diffusion-core';
import { BATCH } from './small-network.js';
import { SMALL_TRAININGS } from './small-trainings.js';

/** A training of a small network, from one iteration to another. */
export interface TrainRequest {
  /** A name of SMALL_TRAININGS. */
  training: string;
  seed: number;
  /** File of a training to resume; left out, from the start. */
  from?: string;
  /** The first iteration, and the one after the last. */
  first: number;
  last: number;
}

/** The result of a training. */
export interface Trained {
  /** State dicts of the training before and after. */
  start: StateDict;
  end: StateDict;
  /** Random streams and counters after it, as JSON. */
  values: string;
  /** Statistics of each step. */
  stats: StepStats[];
}

/** Trains on the current engine. */
export async function trainHere({ training, seed, from, first, last }: TrainRequest): Promise<Trained> {
  const task = SMALL_TRAININGS[training]!(seed);
  try {
    if (from !== undefined) {
      const { end, values } = await readTrained(from);
      await task.restore({ tensors: end, values: JSON.parse(values) as Record<string, unknown> });
    }
    const start = await task.state();
    const stats: StepStats[] = [];
    for (let i = first; i < last; i++) stats.push(await task.step(i * BATCH));
    const end = await task.state();
    return { start: start.tensors, end: end.tensors, values: JSON.stringify(end.values), stats };
  } finally {
    task.dispose();
  }
}

/** Writes the result of a training to a file. */
export async function writeTrained(path: string, { start, end, values, stats }: Trained): Promise<void> {
  const metadata = { values, stats: JSON.stringify(stats) };
  await writeSafetensors(path, { tensors: joinParts({ start, end }), metadata });
}

/** Reads a file that {@link writeTrained} wrote. */
export async function readTrained(path: string): Promise<Trained> {
  const { tensors, metadata } = await readSafetensors(path);
  return {
    start: takePart(tensors, 'start'),
    end: takePart(tensors, 'end'),
    values: metadata.values!,
    stats: JSON.parse(metadata.stats!) as StepStats[],
  };
}
