import { markdownTable, type Table } from '../report/table.js';
import { formatNumber } from '../terminal/format.js';
import type { TrialResult } from './trials.js';

/** A number over all trials. */
export interface TrialSummary {
  mean: number;
  /** Of the trials, divided by their number. */
  std: number;
  min: number;
  max: number;
}

/** Mean, deviation and extremes of each number, by its name. */
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

/** What one line of JSON says of a result. */
export function jsonOf({ values, ...result }: TrialResult): Record<string, unknown> {
  return { ...result, results: values };
}

/** Everything in a table, and below it what the numbers are of. */
export function reportText(results: readonly TrialResult[], trials: number): string {
  const summaries = summarize(results);
  const metricOf = (name: string) => results.find(({ values }) => name in values)!;
  const head = trials === 1 ? ['', 'value'] : ['', 'mean', 'deviation', 'minimum', 'maximum'];
  const rows = Object.entries(summaries).map(([name, { mean, std, min, max }]) => {
    const { reference, numImages, detector } = metricOf(name);
    const numbers = (trials === 1 ? [mean] : [mean, std, min, max]).map(formatNumber);
    return [name, ...numbers, String(numImages), detector, reference ?? ''];
  });
  const table: Table = { head: [...head, 'images', 'detector', 'reference'], rows };
  const variants = new Map(results.map(({ metric, variant }) => [metric, variant]));
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0) / variants.size;
  return [
    markdownTable(table),
    '',
    ...[...variants].map(([metric, variant]) => `${metric}: ${variant}`),
    `images ${results[0]!.images}; ${trials === 1 ? '' : `${trials} trials; `}${seconds.toFixed(1)} s`,
  ].join('\n');
}
