import type { Measured, TickReport } from '@onestep/diffusion-core/node';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { SIGNAL_NAMES } from './signal-meter.js';

/** Formats the line of a tick. An average over no valid sample is `-`; NaN samples are counted. */
export function formatTick(
  { tick, imagesSeen, stats }: TickReport,
  shown: Record<string, string>,
  measured: Measured,
): string {
  const mean = (name: string) => stats[name]?.mean;
  const seconds = mean('Timing/sec_per_kimg');
  const { mean: nanPerStep = 0, num: steps = 0 } = stats.NaN_samples ?? {};
  return [
    `tick ${tick}`,
    `kimg ${(imagesSeen / 1000).toFixed(1)}`,
    `time ${formatDuration(mean('Timing/total_sec') ?? 0)}`,
    ...(seconds === undefined ? [] : [`s/kimg ${formatNumber(seconds)}`]),
    ...formatStats(shown, mean),
    ...(nanPerStep > 0 ? [`NaN samples ${Math.round(nanPerStep * steps)}`] : describeNanLosses(countNanLosses(stats))),
    ...Object.entries(measured).flatMap(([name, value]) => {
      const label = name in SIGNAL_NAMES ? SIGNAL_NAMES[name] : name.split('/').at(-1)!;
      return label === null ? [] : [`${label} ${formatAverage(value)}`];
    }),
  ].join('  ');
}

/** Formats the chosen statistics as `name value`, leaving out those that are not there. */
export function formatStats(shown: Record<string, string>, valueOf: (name: string) => number | undefined): string[] {
  return Object.entries(shown).flatMap(([name, short]) => {
    const value = valueOf(name);
    return value === undefined ? [] : [`${short} ${formatAverage(value)}`];
  });
}

/** A number, or `-` where there was no valid sample. */
export function formatAverage(value: number): string {
  return Number.isNaN(value) ? '-' : formatNumber(value);
}

/** The count of the steps of a tick in which a loss was NaN: of that of the losses with most. */
export function countNanLosses(stats: Readonly<Record<string, unknown>>): number {
  const counts = Object.entries(stats).map(([name, value]) =>
    /loss/i.test(name) ? ((Object(value) as { nan?: number }).nan ?? 0) : 0,
  );
  return Math.max(0, ...counts);
}

function describeNanLosses(count: number): string[] {
  return count > 0 ? [`NaN losses ${count}`] : [];
}
