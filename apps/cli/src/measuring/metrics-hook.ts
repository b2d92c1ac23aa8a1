import { appendFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Generator } from '@onestep/diffusion-core';
import type { Measured, TickReport } from '@onestep/diffusion-core/node';
import { parseMetric } from '@onestep/metrics';
import { formatDuration } from '../terminal/format.js';
import { openBasis, type BasisOptions, type ComparisonBasis } from './comparison-basis.js';
import { studentImages } from './generated-images.js';
import { runTrials, type TrialResult } from './trials.js';

/** Measures a generator at each snapshot. */
export type MetricsHook = (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;

/**
 * What to measure at snapshots; undefined for no metrics. Each number is recorded as `Metrics/{name}`, and with all that
 * belongs to it in `metric-{name}.jsonl` in the run's folder, as the published scripts do.
 *
 * @param basis what images are compared with; real images are looked at when they are needed first
 * @throws before any work if the detector does not take the generator's images, or something to compare with is missing
 */
export async function metricsHook(
  names: readonly string[],
  generator: Generator,
  basis: BasisOptions,
): Promise<MetricsHook | undefined> {
  if (names.length === 0) return undefined;
  const metrics = names.map(parseMetric);
  const open = await openBasis(basis, generator, metrics);
  let opened: ComparisonBasis | null = null;
  return async ({ snapshot }, signal) => {
    if (snapshot === undefined) return undefined;
    opened ??= await open(signal);
    const source = {
      format: generator,
      description: `by ${basename(snapshot)}, 1 network evaluation each`,
      open: (count: number) => studentImages(generator, count, signal),
    };
    const stats: Measured = {};
    for await (const result of runTrials({ ...opened, source, metrics, trials: 1, firstSeed: 0 })) {
      await appendRecord(result, snapshot);
      for (const [name, value] of Object.entries(result.values)) stats[statisticOf(name)] = value;
    }
    return stats;
  };
}

/** The statistic in which a metric's number is recorded; the mean of a score has the metric's own name. */
export function statisticOf(valueName: string): string {
  return `Metrics/${valueName.replace(/_mean$/, '')}`;
}

async function appendRecord(result: TrialResult, snapshot: string): Promise<void> {
  const { metric, values, seconds, variant, detector, reference, numImages } = result;
  const record = {
    results: values,
    metric,
    total_time: seconds,
    total_time_str: formatDuration(seconds),
    num_gpus: 0,
    snapshot_pkl: basename(snapshot),
    timestamp: Date.now() / 1000,
    ...{ variant, detector, reference, num_images: numImages },
  };
  await appendFile(join(dirname(snapshot), `metric-${metric}.jsonl`), `${JSON.stringify(record)}\n`);
}
