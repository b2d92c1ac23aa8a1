import { basename } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { findNonFinite } from '@onestep/checkpoint';
import type { Statistic } from '../training/moments.js';
import { ALONE, anyRank, broadcastJson, type Communicator } from '../processes/communicator.js';
import { OtherRankError } from '../processes/other-rank-error.js';
import type { TrainingTask } from '../training/task.js';
import { chooseBest, type BestSnapshotRule, type Measured } from './best-snapshot.js';
import { DeadRunError } from './dead-run-error.js';
import { LiveReport, type StepReport } from './live-report.js';
import { NanWatch, type NanOptions } from './nan-watch.js';
import type { TrainingRun } from './followed-run.js';
import { addStep, singleValue, startRun, startTick, summarizeTick } from './run-progress.js';
import { findDrift, shareState } from './shared-state.js';
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
  /** Whether the last step had a valid sample, and the networks return numbers where that was checked. */
  isAlive: boolean;
  /** Whether this is the last tick. */
  done: boolean;
}

/** Steps without a valid sample have begun or ended, or nothing was saved because the networks return NaN. */
export interface NanReport {
  event: 'begins' | 'ends' | 'not-saved';
  imagesSeen: number;
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
  onNan?: (report: NanReport) => void | Promise<void>;
  /** Called where other processes have other weights than process 0, from which they go on. */
  onDrift?: (ranks: readonly { rank: number; host: string }[]) => void | Promise<void>;
}

/** Arguments of {@link runTraining}. */
export interface RunTrainingArgs extends TickScheduleOptions, NanOptions {
  task: TrainingTask;
  /** In processes other than 0, a `FollowedRun`. */
  run: TrainingRun;
  /** The processes that share the training, each of which calls this function. Left out, this one alone. */
  communicator?: Communicator;
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
  /** False if the last step had no valid sample: what was saved is of an earlier moment. */
  isAlive: boolean;
}

/**
 * Trains a task to the end, or until the signal fires. Resumes from the newest training state in the run's folder.
 *
 * A run that is interrupted at any moment, even killed, ends with the same weights, bit for bit, as one that is not. A
 * tick ends after the very first step, then every `tickKimg`, and at the end. The first tick writes no training state.
 *
 * Nothing is saved while the networks return NaN, so that the last good training state and snapshot survive.
 *
 * Processes that share a training make every decision together, and call their hooks at the same moments. Files are written by
 * process 0 alone. A signal in any of them stops all after the same step.
 *
 * @throws DeadRunError if the networks return nothing else, see {@link NanOptions}; RunError if a file cannot be written;
 *   whatever the task or a hook throws
 */
export async function runTraining(args: RunTrainingArgs): Promise<TrainingResult> {
  const { task, run, keepSnapshots, hooks = {}, signal, onNan = 'stop', communicator = ALONE } = args;
  const schedule = new TickSchedule(args);
  const nan = new NanWatch(args);

  // Resume
  const found = await run.resume(async (state) => {
    await task.restore(state.task);
    return (await task.isAlive?.()) ?? true;
  });
  const resumed = await shareState(found, communicator);
  if (communicator.rank > 0 && resumed !== null) await task.restore(resumed.task);
  let progress = resumed?.progress ?? startRun(0);
  let savedAt = progress.imagesSeen;
  await hooks.onStart?.(progress.imagesSeen);

  const live = new LiveReport(schedule.totalImages);
  const clock = new Stopwatch();
  let maintenance = 0;

  /** What was saved before the next step showed that it works. */
  let unproven: string[] = [];

  /** Saves the training state, unless the networks return NaN. @returns whether it was saved */
  const saveState = async (isAlive: boolean): Promise<boolean> => {
    const state = isAlive ? await task.state() : undefined;
    // Second moments may be infinite in a run that is well.
    const isDead = state === undefined || findNonFinite(state.tensors, { infinity: false }) !== undefined;
    if ((await anyRank(communicator, isDead)) || state === undefined) {
      await hooks.onNan?.({ event: 'not-saved', imagesSeen: progress.imagesSeen });
      return false;
    }
    const drifted = await findDrift(state.tensors, communicator);
    if (drifted.length > 0) {
      const leading = await shareState({ task: state, progress, statsBytes: 0 }, communicator);
      if (communicator.rank > 0) await task.restore(leading!.task);
      await hooks.onDrift?.(drifted);
    }
    unproven.push(await run.writeState({ task: state, progress }));
    savedAt = progress.imagesSeen;
    return true;
  };

  const checkIsAlive = async () => {
    const isDead = nan.since !== null || (await task.isAlive?.()) === false;
    return !(await anyRank(communicator, isDead));
  };

  /** Writes the tick's snapshot, measures it and records the tick. @returns null, recording nothing, if stopped */
  const recordTick = async (isAlive: boolean): Promise<{ progress: typeof progress; isAlive: boolean } | null> => {
    const { imagesSeen, tick } = progress;
    const isDue = isAlive && schedule.isSnapshotDue(progress);
    const network = isDue ? await task.snapshot() : undefined;
    const isDead = network !== undefined && findNonFinite(network.tensors) !== undefined;
    const isSound = isAlive && !(isDue && (await anyRank(communicator, isDead)));
    let snapshot: string | undefined;
    if (network !== undefined && isSound) {
      // The network to publish comes last: where it is, the others are, too.
      for await (const average of task.furtherSnapshots?.() ?? []) {
        if (findNonFinite(average.tensors) === undefined) unproven.push(await run.writeSnapshot(imagesSeen, average));
      }
      snapshot = await broadcastJson(communicator, await run.writeSnapshot(imagesSeen, network));
      unproven.push(snapshot);
    }
    const stats = summarizeTick(progress, maintenance);
    const report = { tick, imagesSeen, stats, snapshot, isAlive: isSound, done: schedule.isDone(progress) };
    const measured = await measure(() => hooks.onTick?.(report), signal);
    if ((await anyRank(communicator, measured === null)) || measured === null) return null;
    for (const [name, value] of Object.entries(measured)) stats[name] = singleValue(value);
    await run.appendStats(stats, Date.now() / 1000);
    if (snapshot === undefined || keepSnapshots === undefined) return { progress, isAlive: isSound };
    const best = chooseBest(keepSnapshots, progress.best, snapshot, measured);
    await run.keepSnapshots([basename(snapshot), ...(best ? [best.name] : [])]);
    return { progress: best ? { ...progress, best } : progress, isAlive: isSound };
  };

  /** @returns whether the networks are alive, or null if the signal stopped it; the tick stays due then */
  const endTick = async (): Promise<boolean | null> => {
    const saves = schedule.isSnapshotDue(progress) || schedule.isStateDue(progress);
    const recorded = await recordTick(saves ? await checkIsAlive() : nan.since === null);
    if (recorded === null) return null;
    let { isAlive } = recorded;
    const stateDue = schedule.isStateDue(recorded.progress);
    maintenance = clock.lap();
    progress = startTick(recorded.progress, maintenance);
    if (stateDue) {
      isAlive = await saveState(isAlive);
      const saving = clock.lap();
      maintenance += saving;
      progress = { ...progress, totalSeconds: progress.totalSeconds + saving };
    } else if (saves && !isAlive) {
      await hooks.onNan?.({ event: 'not-saved', imagesSeen: progress.imagesSeen });
    }
    return isAlive;
  };

  /** Ends a dead run. What was saved just before the first step without a valid sample is dead, too. */
  const die = async (): Promise<never> => {
    for (const path of unproven) await run.setAside(path);
    const { since, steps } = nan;
    throw new DeadRunError({ since, imagesSeen: progress.imagesSeen, steps, ...(await run.newestFiles()) });
  };

  let isAlive = true;
  for (;;) {
    // A tick whose measurements were stopped is still due, so a resumed run begins with it.
    if (schedule.isTickDue(progress)) {
      const found = await endTick();
      if (found === null) {
        await saveState(await checkIsAlive());
        return { imagesSeen: progress.imagesSeen, completed: false, isAlive };
      }
      isAlive = found;
    }
    if (schedule.isDone(progress)) {
      if (!isAlive && onNan === 'stop') await die();
      return { imagesSeen: progress.imagesSeen, completed: true, isAlive };
    }

    // Lets signal handlers and timers run: an engine that computes synchronously would starve them.
    await setImmediate();
    if (await anyRank(communicator, signal?.aborted ?? false)) {
      if (savedAt !== progress.imagesSeen) await saveState(await checkIsAlive());
      return { imagesSeen: progress.imagesSeen, completed: false, isAlive };
    }

    const stats = await task.step(progress.imagesSeen);
    const seconds = clock.lap();
    const event = nan.add(stats, progress.imagesSeen);
    isAlive = nan.since === null;
    if (isAlive) unproven = [];
    if (event !== undefined) await hooks.onNan?.({ event, imagesSeen: progress.imagesSeen });
    progress = addStep(progress, stats, task.batchSize, seconds);
    hooks.onStep?.(live.addStep(progress.imagesSeen, stats, task.batchSize, seconds));
    if (nan.isOver && onNan === 'stop') {
      await recordTick(false);
      await die();
    }
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
    if (signal?.aborted || (error instanceof OtherRankError && error.wasStopped)) return null;
    throw error;
  }
}
