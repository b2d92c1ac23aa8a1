import type { ImageDataset } from '@onestep/datasets';
import type { Generator } from '@onestep/diffusion-core';
import type { Measured, TickReport } from '@onestep/diffusion-core/node';
import { referenceOf } from '@onestep/metrics';
import { datasetImages } from './dataset-images.js';
import { studentImages } from './generated-images.js';
import { assertMeasurable, loadMeasurement, Measurement } from './measurement.js';
import { parseMetricName } from './metric-names.js';

/** Measures a generator at each snapshot. */
export type MetricsHook = (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;

/** What generated images are compared with. */
export interface MetricsReference {
  /** A file of reference statistics. */
  dataStat?: string;
  /** Where there is no such file: a data set, whose statistics are computed when they are needed first. */
  dataset?: ImageDataset | null;
}

/**
 * What to measure at snapshots; undefined for no metrics. Each number is recorded as `Metrics/{name}`.
 *
 * @param reference left out, the statistics that come with the program
 * @throws NotMeasurable before any work if the detector does not take the generator's images
 */
export async function metricsHook(
  names: readonly string[],
  generator: Generator,
  { dataStat, dataset = null }: MetricsReference = {},
): Promise<MetricsHook | undefined> {
  if (names.length === 0) return undefined;
  const metrics = names.map(parseMetricName);
  const loaded = await loadMeasurement(dataStat);
  assertMeasurable(loaded, generator);
  let measurement = dataset === null || dataStat !== undefined ? loaded : null;
  return async ({ snapshot }, signal) => {
    if (snapshot === undefined) return undefined;
    measurement ??= await measurementAgainst(dataset!, loaded, signal);
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

async function measurementAgainst(
  dataset: ImageDataset,
  { extractor }: Measurement,
  signal: AbortSignal,
): Promise<Measurement> {
  return new Measurement(extractor, await referenceOf(extractor, datasetImages(dataset, signal), dataset.name));
}
