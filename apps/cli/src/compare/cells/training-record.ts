import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readTrainingOptions, type RecordedTick } from '@onestep/diffusion-core/node';
import { readTicks } from '../../runs/read-ticks.js';

/** A tick of a training that has been recorded. */
export interface Moment {
  /** Thousands of images so far. */
  kimg: number;
  /** Seconds of training steps so far: without snapshots, pictures, training states and metrics. */
  seconds: number;
  /** The student at this moment: name of its file in the run folder; null if a later one took its place. */
  snapshot: string | null;
}

/** What a run folder says about its training. */
export interface TrainingRecord {
  /** Length that the run was last started with, in thousands of images; 0 for none. */
  plannedKimg: number;
  /** Ascending. */
  moments: Moment[];
  /** Seconds per thousand images of each tick after the first, which starts the engine; of the first where it is the only one. */
  speeds: number[];
  /** Largest memory of the process so far, in bytes; NaN in runs of earlier versions. */
  peakMemory: number;
}

/**
 * Reads the training in a run folder. It may be under way, or cut off by a crash.
 *
 * @throws UserError naming the file that is damaged
 */
export async function readTraining(folder: string): Promise<TrainingRecord> {
  const options = await readTrainingOptions(folder);
  const { duration } = (options?.command_line ?? {}) as { duration?: number };
  const ticks = readTicks(folder, 'Move its folder away, and the same command trains it again.');
  const mean = (tick: RecordedTick, name: string) => tick[name]?.mean ?? NaN;
  let seconds = 0;
  const moments = ticks.map((tick): Moment => {
    const kimg = mean(tick, 'Progress/kimg');
    seconds += mean(tick, 'Timing/sec_per_tick');
    return { kimg, seconds, snapshot: `network-snapshot-${String(Math.floor(kimg)).padStart(6, '0')}.safetensors` };
  });
  const later = (i: number) => moments.slice(i + 1).some(({ snapshot }) => snapshot === moments[i]!.snapshot);
  const speeds = ticks.map((tick) => mean(tick, 'Timing/sec_per_kimg'));
  return {
    plannedKimg: (duration ?? 0) * 1000,
    moments: moments.map((moment, i) => {
      const isThere = !later(i) && existsSync(join(folder, moment.snapshot!));
      return { ...moment, snapshot: isThere ? moment.snapshot : null };
    }),
    speeds: speeds.length > 1 ? speeds.slice(1) : speeds,
    peakMemory: Math.max(0, ...ticks.map((tick) => mean(tick, 'Resources/peak_cpu_mem_gb'))) * 2 ** 30 || NaN,
  };
}
