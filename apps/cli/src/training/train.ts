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
import { colorsOf } from '../terminal/colors.js';
import { LiveLine } from '../terminal/live-line.js';
import { liveText } from './live-text.js';
import type { RunOptions } from './run-options.js';

/** Arguments of {@link train}. */
export interface TrainArgs {
  task: TrainingTask;
  run: RunDirectory;
  options: RunOptions;
  /** Statistics on the live line, and their short names there. */
  shown: Record<string, string>;
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
  /** Measures the network after a tick. The numbers are recorded with the tick. */
  measure?: (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;
}

/**
 * Trains to the end with a live line, one line per tick, and a clean stop on Ctrl-C. Sets the exit code (130 or 143) if it
 * was stopped.
 */
export async function train({ task, run, options, shown, begin, measure, ...snapshots }: TrainArgs): Promise<void> {
  const line = new LiveLine();
  const log = async (text: string, shownText = text) => {
    line.print(shownText);
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
                formatStats(shown, (name) => report.stats[name]),
              ),
            ),
          onTick: async (report) => {
            const measured = await measure?.(report, signal);
            const text = formatTick(report, shown, measured ?? {});
            await log(text, text.replace(/^tick \d+/, colorsOf(process.stdout).bold));
            return measured;
          },
        },
      });
      if (result.completed) {
        await log(`Done: ${result.imagesSeen / 1000} kimg in ${run.path}`);
      } else {
        await log(`Stopped at ${result.imagesSeen / 1000} kimg. Resume with --resume ${run.path}`);
        process.exitCode = interruptedExitCode(signal);
      }
    });
  } finally {
    line.clear();
    run.close();
  }
}

/** Formats the chosen statistics as `name value`, leaving out those without a value. */
function formatStats(shown: Record<string, string>, valueOf: (name: string) => number | undefined): string[] {
  return Object.entries(shown).flatMap(([name, short]) => {
    const value = valueOf(name);
    return value === undefined ? [] : [`${short} ${formatNumber(value)}`];
  });
}

function formatTick(
  { tick, imagesSeen, stats }: TickReport,
  shown: Record<string, string>,
  measured: Measured,
): string {
  const mean = (name: string) => stats[name]?.mean;
  const seconds = mean('Timing/sec_per_kimg');
  return [
    `tick ${tick}`,
    `kimg ${(imagesSeen / 1000).toFixed(1)}`,
    `time ${formatDuration(mean('Timing/total_sec') ?? 0)}`,
    ...(seconds === undefined ? [] : [`s/kimg ${formatNumber(seconds)}`]),
    ...formatStats(shown, mean),
    ...Object.entries(measured).map(([name, value]) => `${name.split('/').at(-1)} ${formatNumber(value)}`),
  ].join('  ');
}
