import { InvalidArgumentError } from 'commander';
import { parseMetric } from '@onestep/metrics';

/** Parses a comma-separated list of metrics by their published names; `none` is an empty list. */
export function metricList(text: string): string[] {
  if (/^none$/i.test(text.trim())) return [];
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    try {
      parseMetric(name);
    } catch (error) {
      throw new InvalidArgumentError((error as Error).message);
    }
  }
  return names;
}
