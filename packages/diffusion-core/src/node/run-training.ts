import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { addSample, mergeMoments, NO_SAMPLES, statistic, type Statistic } from '../training/moments.js';
import type { StepStats, TrainingTask } from '../training/task.js';
import { betterSnapshot, type BestSnapshotRule } from './best-snapshot.js';
import { LiveReport, type StepReport } from './live-report.js';
import type { RunDirectory } from './run-directory.js';
import { Stopwatch } from './stopwatch.js';
import type { RunProgress } from './training-state.js';

/** A finished tick. */
export interface TickReport {
  tick: number;
  imagesSeen: number;
  /** What stats.jsonl is about to record. */
  stats: Record<string, Statistic>;
  /** Path of the snapshot written in this tick. */
  snapshot: string | undefined;
  done: boolean;
}

/** What a hook measured, by name. */
export type Measured = Record<string, number>;

/** What to do beside training. */
export interface TrainingHooks {
  /** After the state has been restored, or found missing. @param imagesSeen 0 for a new run */
  onStart?: (imagesSeen: number) => void | Promise<void>;
  onStep?: (report: StepReport) => void;
  /** May measure the network and give back more statistics; they are recorded with the tick. */
  onTick?: (report: TickReport) => Measured | undefined | Promise<Measured | undefined>;
}

/** What {@link runTraining} needs. */
export interface RunTrainingArgs {
  task: TrainingTask;
  run: RunDirectory;
  /** Length of the training, in thousands of images. */
  totalKimg: number;
  /** Length of a tick, in thousands of images. */
  tickKimg: number;
  /** Ticks between snapshots; null for one at the end. */
  snapshotTicks: number | null;
  /** Further ticks with a snapshot. */
  alsoSnapshotAt?: readonly number[];
  /** Keeps two snapshots only; left out, all. */
  keepSnapshots?: BestSnapshotRule;
  /** Ticks between training states; null for one at the end. */
  stateTicks: number | null;
  hooks?: TrainingHooks;
  /** Stops between two steps, after writing a training state. */
  signal?: AbortSignal;
}

/** How {@link runTraining} ended. */
export interface TrainingResult {
  imagesSeen: number;
  /** False if the signal stopped it. */
  completed: boolean;
}

const NEW_RUN: RunProgress = { imagesSeen: 0, tick: 0, tickStart: 0, tickSeconds: 0, totalSeconds: 0, moments: {} };

/**
 * Trains a task to the end, or until the signal fires, and continues from the newest training state of the folder.
 *
 * A run that was interrupted at any moment, even killed, ends with the same weights, bit for bit, as one that was not.
 * A tick ends after the very first step, then every `tickKimg`, and at the end; states are not written in the first.
 */
export async function runTraining(args: RunTrainingArgs): Promise<TrainingResult> {
  const { task, run, tickKimg, snapshotTicks, alsoSnapshotAt = [], stateTicks, hooks = {}, signal } = args;
  const totalImages = Math.round(args.totalKimg * 1000);

  const resumed = await run.resume();
  if (resumed !== null) await task.restore(resumed.task);
  let progress = resumed?.progress ?? NEW_RUN;
  let savedAt = progress.imagesSeen;
  await hooks.onStart?.(progress.imagesSeen);

  const saveState = async () => {
    await run.writeState({ task: await task.state(), progress });
    savedAt = progress.imagesSeen;
  };
  const live = new LiveReport(totalImages);
  const clock = new Stopwatch();
  let maintenance = 0;

  const isDone = () => progress.imagesSeen >= totalImages;
  // A stop during a tick's measurements leaves the tick due, and the continued run begins with it.
  const isTickDue = () => {
    const { imagesSeen, tick, tickStart } = progress;
    return imagesSeen > tickStart && (isDone() || tick === 0 || imagesSeen >= tickStart + tickKimg * 1000);
  };

  /** Snapshot, measurements, statistics, state. @returns false if the signal cut it short; nothing is recorded then */
  const endTick = async (): Promise<boolean> => {
    const { imagesSeen, tick } = progress;
    const done = isDone();
    const snapshotDue = done || isDue(tick, snapshotTicks) || alsoSnapshotAt.includes(tick);
    const snapshot = snapshotDue ? await run.writeSnapshot(imagesSeen, await task.snapshot()) : undefined;
    const record = tickStats(progress, maintenance);
    const measured = await measure(() => hooks.onTick?.({ tick, imagesSeen, stats: record, snapshot, done }), signal);
    if (measured === null) return false;
    for (const [name, value] of Object.entries(measured)) record[name] = single(value);
    await run.appendStats(record, Date.now() / 1000);
    if (snapshot !== undefined && args.keepSnapshots !== undefined) {
      const best = betterSnapshot(args.keepSnapshots, progress.best, snapshot, measured);
      progress = { ...progress, ...(best && { best }) };
      await run.keepSnapshots([basename(snapshot), ...(best ? [best.name] : [])]);
    }

    maintenance = clock.lap();
    progress = nextTick(progress, maintenance);
    if (done || (tick !== 0 && isDue(tick, stateTicks))) {
      await saveState();
      const saving = clock.lap();
      maintenance += saving;
      progress = { ...progress, totalSeconds: progress.totalSeconds + saving };
    }
    return true;
  };

  for (;;) {
    if (isTickDue() && !(await endTick())) {
      await saveState();
      return { imagesSeen: progress.imagesSeen, completed: false };
    }
    if (isDone()) break;
    // Lets signal handlers and timers run: an engine that computes synchronously would starve them.
    await setImmediate();
    if (signal?.aborted) {
      if (savedAt !== progress.imagesSeen) await saveState();
      return { imagesSeen: progress.imagesSeen, completed: false };
    }
    const stats = await task.step(progress.imagesSeen);
    const seconds = clock.lap();
    progress = afterStep(progress, stats, task.batchSize, seconds);
    hooks.onStep?.(live.after(progress.imagesSeen, stats, task.batchSize, seconds));
  }
  return { imagesSeen: progress.imagesSeen, completed: true };
}

/** What a hook measured; null if the signal cut it short. */
async function measure(
  hook: () => ReturnType<NonNullable<TrainingHooks['onTick']>>,
  signal?: AbortSignal,
): Promise<Measured | null> {
  try {
    return (await hook()) ?? {};
  } catch (error) {
    if (signal?.aborted) return null;
    throw error;
  }
}

function isDue(tick: number, every: number | null): boolean {
  return every !== null && tick % every === 0;
}

function afterStep(progress: RunProgress, stats: StepStats, images: number, seconds: number): RunProgress {
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

function nextTick(progress: RunProgress, maintenanceSeconds: number): RunProgress {
  return {
    ...progress,
    tick: progress.tick + 1,
    tickStart: progress.imagesSeen,
    tickSeconds: 0,
    totalSeconds: progress.totalSeconds + maintenanceSeconds,
    moments: {},
  };
}

/** A tick's record, with the names of the published loops. */
function tickStats(progress: RunProgress, maintenance: number): Record<string, Statistic> {
  const { imagesSeen, tick, tickStart, tickSeconds, totalSeconds, moments } = progress;
  const record = Object.fromEntries(Object.entries(moments).map(([name, value]) => [name, statistic(value)]));
  record['Progress/tick'] = single(tick);
  record['Progress/kimg'] = single(imagesSeen / 1000);
  record['Timing/total_sec'] = single(totalSeconds);
  record['Timing/sec_per_tick'] = single(tickSeconds);
  record['Timing/sec_per_kimg'] = single((tickSeconds / (imagesSeen - tickStart)) * 1000);
  record['Timing/maintenance_sec'] = single(maintenance);
  record['Resources/cpu_mem_gb'] = single(process.memoryUsage.rss() / 2 ** 30);
  return record;
}

function single(value: number): Statistic {
  return { num: 1, mean: value, std: 0 };
}
