import { ALONE, onFirstRank } from '@onestep/diffusion-core';
import type { Rng } from '@onestep/random';
import type { ComparedWith, Metric, MetricReference, MetricValues } from './catalogue/metric.js';
import { collectFeatures, type CollectOptions } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { assertMadeWith, describeReference } from './reference.js';

/** Arguments of {@link measureMetrics}. */
export interface MeasureMetricsArgs extends Pick<CollectOptions, 'onProgress' | 'share' | 'signal'> {
  extractor: FeatureExtractor;
  /**
   * uint8 pixels of the extractor's size, in batches of any size; as many images as the metrics' names say. With `share`, those of
   * this process.
   */
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>;
  /** Metrics over the same number of images. */
  metrics: readonly Metric[];
  /** The real images, as the metrics require. Features are read in process 0 only; empty ones will do elsewhere. */
  reference: MetricReference;
  /** Draws the subsets of KID. */
  rng: Rng;
}

/** The numbers of a metric, with the variant, detector, reference and number of images they depend on. */
export interface MetricResult {
  /** Name of the metric: `fid50k_full`. */
  metric: string;
  /** The numbers by their published names; the first one is the one to rank by. */
  values: MetricValues;
  /** What exactly was computed. */
  variant: string;
  /** Name of the extractor. */
  detector: string;
  /** How the extractor resizes images, in words; null if it does not. */
  resizing: string | null;
  /** Description of the real images; null for a metric that compares with nothing. */
  reference: string | null;
  /** Number of images measured. */
  numImages: number;
}

/**
 * Computes several metrics in one pass over the images. Several processes share the pass and get the same results, which
 * process 0 computes.
 *
 * @returns a result for each metric, in the order of `metrics`
 * @throws before any work, if the metrics' numbers of images differ, a metric is not defined for the extractor, the
 *   reference lacks what a metric needs or was made with another extractor; at the end, if the number of images was not
 *   the one in the metrics' names
 */
export async function measureMetrics(args: MeasureMetricsArgs): Promise<MetricResult[]> {
  const { extractor, images, metrics, reference, rng, onProgress, share, signal } = args;
  const [first] = metrics;
  if (first === undefined) return [];
  for (const { name, numImages, family } of metrics) {
    if (numImages !== first.numImages) throw new Error(`${first.name} and ${name} have different numbers of images.`);
    assertDetector({ name, family }, extractor);
    const { comparesWith } = family;
    if (comparesWith !== 'nothing' && !isGiven[comparesWith](reference)) {
      throw new Error(`${name} needs ${REQUIRED[comparesWith]}, which are missing.`);
    }
  }
  if (reference.statistics !== null) assertMadeWith(reference.statistics, extractor.name, extractor.featureDim);
  const keep = metrics.flatMap(({ family }) => family.keeps ?? []);
  const spatial = metrics.some(({ family }) => family.comparesWith === 'spatial');
  const collected = await collectFeatures(extractor, images, { keep, spatial, onProgress, share, signal });
  const { count } = collected.statistics;
  if (count !== first.numImages) {
    throw new Error(`${first.name} is over ${first.numImages} images, but there were ${count}.`);
  }
  const found = await onFirstRank(share?.communicator ?? ALONE, async () => {
    const results: { values: [string, string][]; reference: string | null }[] = [];
    for (const { name, family } of metrics) {
      // As text, in which a number that is not finite stays one.
      const values = Object.entries(await family.compute(name, collected, reference, rng));
      results.push({
        values: values.map(([key, value]) => [key, String(value)]),
        reference: describeComparison(family.comparesWith, reference, extractor.featureDim),
      });
    }
    return results;
  });
  return metrics.map(({ name, family }, i) => ({
    metric: name,
    values: Object.fromEntries(found[i]!.values.map(([key, value]) => [key, Number(value)])),
    variant: family.variant,
    detector: extractor.name,
    resizing: extractor.resizing ?? null,
    reference: found[i]!.reference,
    numImages: count,
  }));
}

const REQUIRED = {
  statistics: 'reference statistics',
  spatial: 'reference statistics of spatial features (mu_s and sigma_s)',
  features: 'the real images themselves',
} as const;

const isGiven: Record<keyof typeof REQUIRED, (reference: MetricReference) => boolean> = {
  statistics: ({ statistics }) => statistics !== null,
  spatial: ({ statistics }) => statistics?.spatial !== undefined,
  features: ({ features }) => features !== null,
};

/**
 * Checks that a metric is defined for a detector.
 *
 * @param detector the extractor's name and number of classes
 * @throws if the metric needs another detector, has another name with this one, or needs class probabilities that it lacks
 * @internal
 */
export function assertDetector(
  { name, family }: Pick<Metric, 'name' | 'family'>,
  { name: detector, numClasses }: Pick<FeatureExtractor, 'name' | 'numClasses'>,
): void {
  if (family.keeps === 'probabilities' && numClasses === 0) {
    throw new Error(`${name} needs class probabilities, which ${detector} does not have; leave it out.`);
  }
  const { detector: rule } = family;
  if (rule === undefined) return;
  if ('only' in rule && rule.only !== detector) {
    throw new Error(`${name} is only defined for ${rule.only} features, and the detector is ${detector}.`);
  }
  if ('not' in rule && rule.not === detector) {
    throw new Error(`${name} is not defined for ${detector} features; use a metric such as ${rule.instead}.`);
  }
}

function describeComparison(
  comparesWith: ComparedWith,
  { statistics, features }: MetricReference,
  dim: number,
): string | null {
  if (comparesWith === 'nothing') return null;
  if (comparesWith === 'features') return `${features!.length / dim} real images`;
  return describeReference(statistics!);
}
