import type { TrialResult } from '../evaluation/trials.js';
import { formatNumber } from '../terminal/format.js';
import { markdownTable } from './table.js';

/** A number over all trials. */
export interface TrialSummary {
  mean: number;
  /** Population standard deviation: divided by the number of trials. */
  std: number;
  min: number;
  max: number;
}

/** Summarizes each number over all trials, by its name. */
export function summarize(results: readonly TrialResult[]): Record<string, TrialSummary> {
  const values: Record<string, number[]> = {};
  for (const result of results) {
    for (const [name, value] of Object.entries(result.values)) (values[name] ??= []).push(value);
  }
  return Object.fromEntries(Object.entries(values).map(([name, list]) => [name, summaryOf(list)]));
}

function summaryOf(values: readonly number[]): TrialSummary {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance), min: Math.min(...values), max: Math.max(...values) };
}

/** Writes a result as one line of JSON. */
export function jsonLine({ values, ...result }: TrialResult): string {
  return JSON.stringify({ ...result, results: values });
}

/** Renders the results of all trials as a table, and below it how they were measured. */
export function trialReport(results: readonly TrialResult[], trials: number): string {
  const columns = trials === 1 ? ['value'] : ['mean', 'deviation', 'minimum', 'maximum'];
  const rows = Object.entries(summarize(results)).map(([name, { mean, std, min, max }]) => {
    const { reference, numImages, detector } = results.find(({ values }) => name in values)!;
    const numbers = (trials === 1 ? [mean] : [mean, std, min, max]).map(formatNumber);
    return [name, ...numbers, String(numImages), detector, reference ?? ''];
  });
  const variants = new Map(results.map(({ metric, variant }) => [metric, variant]));
  const { detector, resizing } = results[0]!;
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0) / variants.size;
  return [
    markdownTable({ head: ['', ...columns, 'images', 'detector', 'reference'], rows }),
    '',
    ...[...variants].map(([metric, variant]) => `${metric}: ${variant}`),
    ...(resizing === null ? [] : [`images resized for ${detector}: ${resizing}`]),
    `images ${results[0]!.images}; ${trials === 1 ? '' : `${trials} trials; `}${seconds.toFixed(1)} s`,
  ].join('\n');
}
