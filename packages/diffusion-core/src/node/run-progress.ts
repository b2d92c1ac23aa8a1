import { addSample, mergeMoments, NO_SAMPLES, statistic, type Moments, type Statistic } from '../training/moments.js';
import type { StepStats } from '../training/task.js';
import type { BestSnapshot } from './best-snapshot.js';

/**
 * How far a run has come. Saved with every training state.
 *
 * @internal
 */
export interface RunProgress {
  /** Images seen since the run began. */
  imagesSeen: number;
  /** Number of the current tick. */
  tick: number;
  /** Images seen when the current tick began. */
  tickStart: number;
  /** Seconds of work in the current tick. */
  tickSeconds: number;
  /** Seconds of work since the run began, over all its processes. */
  totalSeconds: number;
  /** Statistics of the current tick. */
  moments: Record<string, Moments>;
  /** The best snapshot so far, where only the best and the last are kept. */
  best?: BestSnapshot;
}

/**
 * Starts a run.
 *
 * @param imagesSeen 0, or the images seen by the run whose training state this one starts with
 */
export function startRun(imagesSeen: number): RunProgress {
  return { imagesSeen, tick: 0, tickStart: imagesSeen, tickSeconds: 0, totalSeconds: 0, moments: {} };
}

/** Adds a step of `images` images to the current tick. */
export function addStep(progress: RunProgress, stats: StepStats, images: number, seconds: number): RunProgress {
  const moments = { ...progress.moments };
  for (const [name, value] of Object.entries(stats)) {
    const before = moments[name] ?? NO_SAMPLES;
    moments[name] = typeof value === 'number' ? addSample(before, value) : mergeMoments(before, value);
  }
  return {
    ...progress,
    imagesSeen: progress.imagesSeen + images,
    tickSeconds: progress.tickSeconds + seconds,
    totalSeconds: progress.totalSeconds + seconds,
    moments,
  };
}

/** Starts the next tick. */
export function startTick(progress: RunProgress, maintenanceSeconds: number): RunProgress {
  return {
    ...progress,
    tick: progress.tick + 1,
    tickStart: progress.imagesSeen,
    tickSeconds: 0,
    totalSeconds: progress.totalSeconds + maintenanceSeconds,
    moments: {},
  };
}

/**
 * Summarizes the current tick for stats.jsonl, under the names of the published training loops.
 *
 * @param maintenanceSeconds seconds between the last step of the tick before and the first of this one
 */
export function summarizeTick(progress: RunProgress, maintenanceSeconds: number): Record<string, Statistic> {
  const { imagesSeen, tick, tickStart, tickSeconds, totalSeconds, moments } = progress;
  const record = Object.fromEntries(Object.entries(moments).map(([name, value]) => [name, statistic(value)]));
  record['Progress/tick'] = singleValue(tick);
  record['Progress/kimg'] = singleValue(imagesSeen / 1000);
  record['Timing/total_sec'] = singleValue(totalSeconds);
  record['Timing/sec_per_tick'] = singleValue(tickSeconds);
  record['Timing/sec_per_kimg'] = singleValue((tickSeconds / (imagesSeen - tickStart)) * 1000);
  record['Timing/maintenance_sec'] = singleValue(maintenanceSeconds);
  record['Resources/cpu_mem_gb'] = singleValue(process.memoryUsage.rss() / 2 ** 30);
  record['Resources/peak_cpu_mem_gb'] = singleValue(process.resourceUsage().maxRSS / 2 ** 20);
  return record;
}

/** A number as a statistic of one sample; NaN as one without samples. */
export function singleValue(value: number): Statistic {
  return statistic(addSample(NO_SAMPLES, value));
}
