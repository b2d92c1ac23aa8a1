import { InvalidArgumentError } from 'commander';
import { MIN_IMAGES } from './measurement.js';

/** A metric by its published name: `fid50k_full`, `is50k`, or the same with another count, `fid2k_full`. */
export interface MetricName {
  name: string;
  kind: 'fid' | 'is';
  numImages: number;
}

/** Parses a metric's name. @throws InvalidArgumentError if there is no such metric */
export function parseMetricName(name: string): MetricName {
  const match = /^(?:(fid)(\d+)(k?)_full|(is)(\d+)(k?))$/.exec(name);
  if (match === null) {
    throw new InvalidArgumentError(
      `There is no metric ${name}. There are fid50k_full and is50k, also with another count, such as fid2k_full.`,
    );
  }
  const kind = match[1] === 'fid' ? 'fid' : 'is';
  const numImages = Number(match[2] ?? match[5]) * ((match[3] ?? match[6]) === 'k' ? 1000 : 1);
  if (numImages < MIN_IMAGES)
    throw new InvalidArgumentError(`${name} asks for ${numImages} images, and a metric takes at least ${MIN_IMAGES}.`);
  return { name, kind, numImages };
}

/** A comma-separated list of metrics; `none` for none. */
export function metricList(text: string): string[] {
  if (/^none$/i.test(text.trim())) return [];
  const names = text.split(',').map((name) => name.trim());
  names.forEach(parseMetricName);
  return names;
}
