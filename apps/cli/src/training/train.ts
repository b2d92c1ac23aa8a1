import pc from 'picocolors';
import type { TrainingTask } from '@onestep/diffusion-core';
import {
  runTraining,
  type BestSnapshotRule,
  type Measured,
  type RunDirectory,
  type TickReport,
} from '@onestep/diffusion-core/node';
import { interruptedExitCode, withInterrupt } from '../interrupt.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { LiveLine } from '../terminal/live-line.js';
import { liveText } from './live-text.js';
import type { RunOptions } from './run-options.js';

/** What {@link train} needs beside the task. */
export interface TrainArgs {
  task: TrainingTask;
  run: RunDirectory;
  options: RunOptions;
  /** Statistics for the live line, with the short names they get there. */
  shown: Record<string, string>;
  /** Runs after the state has been restored. @param imagesSeen 0 for a new run */
  begin?: (imagesSeen: number) => Promise<void>;
  /** Ticks with a snapshot beside those of `options`. */
  alsoSnapshotAt?: readonly number[];
  /** Keeps two snapshots only. */
  keepSnapshots?: BestSnapshotRule;
  /** Measures the network after a tick; the numbers are recorded with it. */
  measure?: (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;
}

/**
 * Trains to the end with a live line, one line a tick, and a clean stop on Ctrl-C.
 * Sets the exit code (130 or 143) if it was stopped.
 */
export async function train({ task, run, options, shown, begin, measure, ...snapshots }: TrainArgs): Promise<void> {
  const line = new LiveLine();
  const log = async (text: string) => {
    line.print(text);
    await run.log(text);
  };
  try {
    await withInterrupt(async (signal) => {
      const result = await runTraining({
        task,
        run,
        totalKimg: options.duration * 1000,
        tickKimg: options.tick,
        snapshotTicks: options.snap,
        ...snapshots,
        stateTicks: options.dump,
        signal,
        hooks: {
          onStart: async (imagesSeen) => {
            await log(
              imagesSeen === 0 ? `Training in ${run.path}` : `Continuing ${run.path} at ${imagesSeen / 1000} kimg`,
            );
            await begin?.(imagesSeen);
          },
          onStep: (report) =>
            line.update(
              liveText(
                report,
                shownStats(shown, (name) => report.stats[name]),
              ),
            ),
          onTick: async (report) => {
            const measured = await measure?.(report, signal);
            await log(tickText(report, shown, measured ?? {}));
            return measured;
          },
        },
      });
      if (result.completed) {
        await log(`Done: ${result.imagesSeen / 1000} kimg in ${run.path}`);
      } else {
        await log(`Stopped at ${result.imagesSeen / 1000} kimg. Go on with --resume ${run.path}`);
        process.exitCode = interruptedExitCode(signal);
      }
    });
  } finally {
    line.clear();
    run.close();
  }
}

/** The chosen statistics as `name value`, leaving out those that have none. */
function shownStats(shown: Record<string, string>, valueOf: (name: string) => number | undefined): string[] {
  return Object.entries(shown).flatMap(([name, short]) => {
    const value = valueOf(name);
    return value === undefined ? [] : [`${short} ${formatNumber(value)}`];
  });
}

function tickText({ tick, imagesSeen, stats }: TickReport, shown: Record<string, string>, measured: Measured): string {
  const mean = (name: string) => stats[name]?.mean;
  const seconds = mean('Timing/sec_per_kimg');
  return [
    pc.bold(`tick ${tick}`),
    `kimg ${(imagesSeen / 1000).toFixed(1)}`,
    `time ${formatDuration(mean('Timing/total_sec') ?? 0)}`,
    ...(seconds === undefined ? [] : [`s/kimg ${formatNumber(seconds)}`]),
    ...shownStats(shown, mean),
    ...Object.entries(measured).map(([name, value]) => `${name.split('/').at(-1)} ${formatNumber(value)}`),
  ].join('  ');
}
