import type { Generator } from '@onestep/diffusion-core';
import type { Measured, TickReport } from '@onestep/diffusion-core/node';
import { studentImages } from './generated-images.js';
import { assertMeasurable, loadMeasurement } from './measurement.js';
import { parseMetricName } from './metric-names.js';

/** Measures a generator at each snapshot. */
export type MetricsHook = (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;

/**
 * What to measure at snapshots; undefined for no metrics. Each number is recorded as `Metrics/{name}`.
 *
 * @param referencePath reference statistics in place of those that come with the program
 * @throws UserError before any work if the detector does not take the generator's images
 */
export async function metricsHook(
  names: readonly string[],
  generator: Generator,
  referencePath?: string,
): Promise<MetricsHook | undefined> {
  if (names.length === 0) return undefined;
  const metrics = names.map(parseMetricName);
  const measurement = await loadMeasurement(referencePath);
  assertMeasurable(measurement, generator);
  return async ({ snapshot }, signal) => {
    if (snapshot === undefined) return undefined;
    const stats: Measured = {};
    for (const count of new Set(metrics.map((metric) => metric.numImages))) {
      const { fid, isMean } = await measurement.evaluate(studentImages(generator, count, signal));
      for (const { name, kind } of metrics.filter((metric) => metric.numImages === count)) {
        stats[`Metrics/${name}`] = kind === 'fid' ? fid : isMean;
      }
    }
    return stats;
  };
}
