import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Statistic } from '../training/moments.js';
import type { TrainingTask } from '../training/task.js';
import { chooseBest, type BestSnapshotRule, type Measured } from './best-snapshot.js';
import { LiveReport, type StepReport } from './live-report.js';
import type { RunDirectory } from './run-directory.js';
import { addStep, singleValue, startRun, startTick, summarizeTick } from './run-progress.js';
import { Stopwatch } from './stopwatch.js';
import { TickSchedule, type TickScheduleOptions } from './tick-schedule.js';

/** Report of a finished tick. */
export interface TickReport {
  /** Number of the tick, from 0. */
  tick: number;
  imagesSeen: number;
  /** The statistics that stats.jsonl will record. */
  stats: Record<string, Statistic>;
  /** Path of the snapshot written in this tick, if any. */
  snapshot: string | undefined;
  /** Whether this is the last tick. */
  done: boolean;
}

/** Callbacks of {@link runTraining}. */
export interface TrainingHooks {
  /**
   * Called once the training state has been restored, if there is one.
   *
   * @param imagesSeen 0 for a new run
   */
  onStart?: (imagesSeen: number) => void | Promise<void>;
  onStep?: (report: StepReport) => void;
  /** May measure the network. The numbers it returns are recorded with the tick. */
  onTick?: (report: TickReport) => Measured | undefined | Promise<Measured | undefined>;
}

/** Arguments of {@link runTraining}. */
export interface RunTrainingArgs extends TickScheduleOptions {
  task: TrainingTask;
  run: RunDirectory;
  /** Keeps only the best snapshot and the last. Left out, all are kept. */
  keepSnapshots?: BestSnapshotRule;
  hooks?: TrainingHooks;
  /** Stops between two steps, after writing a training state. */
  signal?: AbortSignal;
}

/** Result of {@link runTraining}. */
export interface TrainingResult {
  imagesSeen: number;
  /** False if the signal stopped the run. */
  completed: boolean;
}

/**
 * Trains a task to the end, or until the signal fires. Resumes from the newest training state in the run's folder.
 *
 * A run that is interrupted at any moment, even killed, ends with the same weights, bit for bit, as one that is not. A
 * tick ends after the very first step, then every `tickKimg`, and at the end. The first tick writes no training state.
 *
 * @throws RunError if a file cannot be written; whatever the task or a hook throws
 */
export async function runTraining(args: RunTrainingArgs): Promise<TrainingResult> {
  const { task, run, keepSnapshots, hooks = {}, signal } = args;
  const schedule = new TickSchedule(args);

  // Resume
  const resumed = await run.resume();
  if (resumed !== null) await task.restore(resumed.task);
  let progress = resumed?.progress ?? startRun(0);
  let savedAt = progress.imagesSeen;
  await hooks.onStart?.(progress.imagesSeen);

  const live = new LiveReport(schedule.totalImages);
  const clock = new Stopwatch();
  let maintenance = 0;

  const saveState = async () => {
    await run.writeState({ task: await task.state(), progress });
    savedAt = progress.imagesSeen;
  };

  /** Writes the tick's snapshot, measures it and records the tick. @returns null, recording nothing, if stopped */
  const recordTick = async (): Promise<typeof progress | null> => {
    const { imagesSeen, tick } = progress;
    const snapshot = schedule.isSnapshotDue(progress)
      ? await run.writeSnapshot(imagesSeen, await task.snapshot())
      : undefined;
    const stats = summarizeTick(progress, maintenance);
    const report = { tick, imagesSeen, stats, snapshot, done: schedule.isDone(progress) };
    const measured = await measure(() => hooks.onTick?.(report), signal);
    if (measured === null) return null;
    for (const [name, value] of Object.entries(measured)) stats[name] = singleValue(value);
    await run.appendStats(stats, Date.now() / 1000);
    if (snapshot === undefined || keepSnapshots === undefined) return progress;
    const best = chooseBest(keepSnapshots, progress.best, snapshot, measured);
    await run.keepSnapshots([basename(snapshot), ...(best ? [best.name] : [])]);
    return best ? { ...progress, best } : progress;
  };

  /** @returns false if the signal stopped it; the tick stays due then */
  const endTick = async (): Promise<boolean> => {
    const recorded = await recordTick();
    if (recorded === null) return false;
    const stateDue = schedule.isStateDue(recorded);
    maintenance = clock.lap();
    progress = startTick(recorded, maintenance);
    if (stateDue) {
      await saveState();
      const saving = clock.lap();
      maintenance += saving;
      progress = { ...progress, totalSeconds: progress.totalSeconds + saving };
    }
    return true;
  };

  for (;;) {
    // A tick whose measurements were stopped is still due, so a resumed run begins with it.
    if (schedule.isTickDue(progress) && !(await endTick())) {
      await saveState();
      return { imagesSeen: progress.imagesSeen, completed: false };
    }
    if (schedule.isDone(progress)) return { imagesSeen: progress.imagesSeen, completed: true };

    // Lets signal handlers and timers run: an engine that computes synchronously would starve them.
    await setImmediate();
    if (signal?.aborted) {
      if (savedAt !== progress.imagesSeen) await saveState();
      return { imagesSeen: progress.imagesSeen, completed: false };
    }

    const stats = await task.step(progress.imagesSeen);
    const seconds = clock.lap();
    progress = addStep(progress, stats, task.batchSize, seconds);
    hooks.onStep?.(live.addStep(progress.imagesSeen, stats, task.batchSize, seconds));
  }
}

/** Calls a hook that measures. @returns null if the signal stopped it */
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
