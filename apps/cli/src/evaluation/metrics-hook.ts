import { appendFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ALONE, onFirstRank, type Generator, type TrainingLabels } from '@onestep/diffusion-core';
import type { Measured, TickReport } from '@onestep/diffusion-core/node';
import { parseMetric } from '@onestep/metrics';
import { formatDuration } from '../terminal/format.js';
import { openEvaluator, type Evaluator, type EvaluatorOptions } from './evaluator.js';
import { studentImages } from './generated-images.js';
import { runTrials, type TrialResult } from './trials.js';
import { writeNote } from '../terminal/output-mode.js';

/** Measures a generator at each snapshot. */
export type MetricsHook = (report: TickReport, signal: AbortSignal) => Promise<Measured | undefined>;

/**
 * Creates the hook that measures a generator at each snapshot. Each number is recorded as `Metrics/{name}`, and with all
 * details in `metric-{name}.jsonl` in the run folder, as in the published scripts. Where several processes share the training, all of
 * them call it; process 0 writes.
 *
 * @param names of the metrics
 * @param generator the network that is measured, with the weights that it has at each snapshot
 * @param options what images are compared with; real images are read at the first snapshot
 * @param drawnFrom where the labels of its images are drawn from; left out, its own
 * @returns undefined if there are no metrics
 * @throws before any work if the detector does not accept the generator's images, or a reference is missing
 */
export async function metricsHook(
  names: readonly string[],
  generator: Generator,
  options: EvaluatorOptions,
  drawnFrom?: TrainingLabels,
): Promise<MetricsHook | undefined> {
  if (names.length === 0) return undefined;
  const metrics = names.map(parseMetric);
  const { communicator = ALONE } = options;
  const open = await openEvaluator(options, generator, metrics);
  let evaluator: Evaluator | null = null;
  const openOnce = async (signal: AbortSignal): Promise<Evaluator> => {
    const opened = await open(signal);
    for (const remark of opened.remarks) writeNote(remark);
    return opened;
  };
  return async ({ snapshot }, signal) => {
    if (snapshot === undefined) return undefined;
    evaluator ??= await openOnce(signal);
    const images = studentImages(basename(snapshot), generator, { drawnFrom });
    const stats: Measured = {};
    const args = { images, metrics, evaluator, trials: 1, firstSeed: 0, signal, communicator };
    for await (const result of runTrials(args)) {
      await onFirstRank(communicator, () => appendRecord(result, snapshot));
      for (const [name, value] of Object.entries(result.values)) stats[statisticOf(name)] = value;
    }
    return stats;
  };
}

/** Returns the name of the statistic that records a value. The mean of a score has the metric's own name. */
export function statisticOf(valueName: string): string {
  return `Metrics/${valueName.replace(/_mean$/, '')}`;
}

async function appendRecord(result: TrialResult, snapshot: string): Promise<void> {
  const { metric, values, seconds, variant, detector, resizing, reference, numImages } = result;
  const record = {
    results: values,
    metric,
    total_time: seconds,
    total_time_str: formatDuration(seconds),
    num_gpus: 0,
    snapshot_pkl: basename(snapshot),
    timestamp: Date.now() / 1000,
    variant,
    detector,
    resizing,
    reference,
    num_images: numImages,
  };
  await appendFile(join(dirname(snapshot), `metric-${metric}.jsonl`), `${JSON.stringify(record)}\n`);
}
