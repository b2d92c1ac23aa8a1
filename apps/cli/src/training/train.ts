import { NonFiniteImagesError, onFirstRank, type TrainingTask } from '@onestep/diffusion-core';
import {
  DeadRunError,
  RunDirectory,
  runTraining,
  type BestSnapshotRule,
  type Measured,
  type NanReport,
  type TickReport,
  type TrainingResult,
  type TrainingRun,
} from '@onestep/diffusion-core/node';
import { interruptedExitCode, withInterrupt } from '../interrupt.js';
import { theCommunicator, theLaunch } from '../processes/communicator.js';
import { watchStops } from '../processes/stop-advice.js';
import { colorsOf } from '../terminal/colors.js';
import { LiveLine } from '../terminal/live-line.js';
import { UserError } from '../user-error.js';
import { EventLog } from './event-log.js';
import { adviseOnDeadRun, type Rate } from './dead-run.js';
import { liveText } from './live-text.js';
import type { RunOptions } from './run-options.js';
import { writeRunReport } from './run-report.js';
import type { SampleGrids } from './sample-grids.js';
import type { SignalMeter } from './signal-meter.js';
import { formatAverage, formatStats, formatTick } from './tick-line.js';

/** A training ended because its networks return NaN, in all processes that share it. */
export class DeadTraining extends UserError {}

/** Arguments of {@link train}. */
export interface TrainArgs {
  /** The command's name, such as `edm train`. */
  command: string;
  task: TrainingTask;
  /** In processes other than 0, one that writes nothing. */
  run: TrainingRun;
  options: RunOptions;
  /** The learning rates, for advice. */
  rates: readonly Rate[];
  /** Statistics on the live line, and their short names there. */
  shown: Record<string, string>;
  /** Draws pictures at each snapshot; null for none. */
  grids: SampleGrids | null;
  /** Measures whether a student learns, at every tick. */
  signal?: SignalMeter;
  /**
   * Runs once the training state has been restored.
   *
   * @param imagesSeen 0 for a new run
   */
  begin?: (imagesSeen: number) => Promise<void>;
  /** Further ticks with a snapshot, in addition to those of `options`. */
  alsoSnapshotAt?: readonly number[];
  /** Keeps only the best snapshot and the last. */
  keepSnapshots?: BestSnapshotRule;
  /** Measures the network at a snapshot. The numbers are recorded with the tick. */
  measure?: (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;
}

/**
 * Trains to the end with a live line, one line per tick, pictures at each snapshot, a report, and a clean stop on Ctrl-C.
 * Processes that share the training all call it. Process 0 draws, reports and watches the learning signal.
 * Sets the exit code (130 or 143) if it was stopped.
 *
 * @throws DeadTraining if the run died; it says what is left, and what to try
 */
export async function train(args: TrainArgs): Promise<void> {
  const { run, command, rates } = args;
  const line = new LiveLine();
  const log = async (text: string, shownText = text) => {
    line.print(shownText);
    await run.log(text);
  };
  const report = async (outcome: string) => {
    if (run instanceof RunDirectory) await writeRunReport({ ...args, run, outcome });
  };
  try {
    await withInterrupt(async (signal) => {
      const result = await trainWithLog(args, line, log, report, signal);
      const at = `${result.imagesSeen / 1000} kimg`;
      const dead = result.isAlive ? '' : ' The networks return NaN: the newest files are of an earlier moment.';
      if (result.completed) {
        await report(`Done at ${at}.${dead}`);
        await log(`Done: ${at} in ${run.path}.${dead}`);
      } else {
        await report(`Stopped at ${at}.${dead}`);
        await log(`Stopped at ${at}.${dead} Resume with --resume ${run.path}`);
        process.exitCode = interruptedExitCode(signal);
      }
    });
  } catch (error) {
    if (!(error instanceof DeadRunError)) throw error;
    const text = adviseOnDeadRun(error, { command, folder: run.path, rates });
    line.clear();
    await run.log(text);
    await report(text);
    throw new DeadTraining(text);
  } finally {
    line.clear();
    run.close();
  }
}

function trainWithLog(
  { task, run, options, shown, grids, signal: meter, begin, measure, alsoSnapshotAt, keepSnapshots }: TrainArgs,
  line: LiveLine,
  log: (text: string, shownText?: string) => Promise<void>,
  report: (outcome: string) => Promise<void>,
  signal: AbortSignal,
): Promise<TrainingResult> {
  const communicator = theCommunicator();
  const own = run instanceof RunDirectory ? run : undefined;
  let events: EventLog | undefined;
  const adviseOnStops = watchStops(theLaunch());
  /** Pictures and metrics of a snapshot. Those of NaN are left out, with a line. */
  const examine = async (tick: TickReport): Promise<Measured | undefined> => {
    const { snapshot } = tick;
    if (snapshot === undefined) return undefined;
    try {
      const nonFinite = await onFirstRank(communicator, async () => {
        const error: unknown = await grids?.writeSnapshot(snapshot).catch((reason: unknown) => reason);
        if (error === undefined || error instanceof NonFiniteImagesError) return error?.message ?? null;
        throw error;
      });
      if (nonFinite !== null) throw new NonFiniteImagesError(nonFinite);
      return await measure?.(tick, signal);
    } catch (error) {
      if (!(error instanceof NonFiniteImagesError)) throw error;
      await log(`At ${tick.imagesSeen / 1000} kimg there are no pictures and no metrics: ${error.message}`);
      return undefined;
    }
  };
  const training = runTraining({
    task,
    run,
    communicator,
    totalKimg: options.duration * 1000,
    tickKimg: options.tick,
    snapshotTicks: options.snap,
    alsoSnapshotAt,
    keepSnapshots,
    stateTicks: options.dump,
    onNan: options.onNan,
    nanPatience: options.nanPatience,
    signal,
    hooks: {
      onStart: async (imagesSeen) => {
        await log(imagesSeen === 0 ? `Training in ${run.path}` : `Continuing ${run.path} at ${imagesSeen / 1000} kimg`);
        if (own === undefined) return;
        await meter?.begin(own, signal);
        await begin?.(imagesSeen);
        if (options.tensorboard) events = await EventLog.begin(own, imagesSeen);
        if (imagesSeen === 0) await events?.addStart();
      },
      onStep: (step) => {
        const learning = meter === undefined || Number.isNaN(meter.last) ? [] : [`signal ${formatAverage(meter.last)}`];
        const parts = [...formatStats(shown, (name) => step.stats[name]), ...learning];
        line.update(liveText(step, parts));
        const advice = adviseOnStops(performance.now());
        if (advice !== null) line.print(advice);
      },
      onTick: async (tick) => {
        // The pictures of the start are there before the first report.
        const found = { ...(own === undefined ? {} : await meter?.measure(signal)), ...(await examine(tick)) };
        const text = formatTick(tick, shown, found);
        await log(text, text.replace(/^tick \d+/, colorsOf(process.stdout).bold));
        if (tick.snapshot !== undefined)
          await report(`Training; this report was written at ${tick.imagesSeen / 1000} kimg.`);
        await events?.addTick(tick, found);
        return found;
      },
      onNan: (event) => log(describeNan(event, options)),
      onDrift: (ranks) => log(describeDrift(ranks)),
    },
  });
  return training.finally(() => events?.close());
}

function describeDrift(ranks: readonly { rank: number; host: string }[]): string {
  const names = ranks.map(({ rank, host }) => `${rank} (${host})`).join(', ');
  return `Other weights than on rank 0: rank ${names}. Their machines round differently; they go on with those of rank 0.`;
}

function describeNan({ event, imagesSeen }: NanReport, { onNan, nanPatience }: RunOptions): string {
  const at = `${imagesSeen / 1000} kimg`;
  if (event === 'ends') return `At ${at} there are valid samples again.`;
  if (event === 'not-saved') return `At ${at} the networks return NaN: nothing is saved, and what was saved stays.`;
  const next =
    onNan === 'stop' ? `The run ends after ${nanPatience} such steps in a row.` : 'It goes on (--on-nan skip).';
  return `From ${at} on every sample of a step is NaN. ${next}`;
}
