import type { Rng } from '@onestep/random';
import type { ComparedWith, Metric, MetricReference, MetricValues } from './catalogue/metric.js';
import { collectFeatures } from './collect-features.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { assertMadeWith, describeReference } from './reference.js';

/** What {@link measureMetrics} needs. */
export interface MeasureMetricsArgs {
  extractor: FeatureExtractor;
  /** Pixels 0 to 255 of the extractor's size, in batches; as many images as the metrics' names say. */
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>;
  /** All for the same number of images. */
  metrics: readonly Metric[];
  reference: MetricReference;
  /** Draws the subsets of KID. */
  rng: Rng;
  /** Called after each batch with the number of images seen. */
  onProgress?: (numImages: number) => void;
}

/** A metric's numbers, with all that says what they mean. */
export interface MetricResult {
  metric: string;
  values: MetricValues;
  variant: string;
  /** Name of the extractor. */
  detector: string;
  /** Null for a metric that compares with nothing. */
  reference: string | null;
  numImages: number;
}

/**
 * Measures images by the metrics of the catalogue.
 *
 * @throws before any work if the reference lacks what a metric needs, or was made with another extractor; after it if there
 *   were not as many images as the metrics' names say
 */
export async function measureMetrics(args: MeasureMetricsArgs): Promise<MetricResult[]> {
  const { extractor, images, metrics, reference, rng, onProgress } = args;
  const [first] = metrics;
  if (first === undefined) return [];
  for (const { name, numImages, family } of metrics) {
    if (numImages !== first.numImages) throw new Error(`${first.name} and ${name} are of different numbers of images.`);
    assertDetector({ name, family }, extractor.name);
    const { comparesWith } = family;
    if (comparesWith !== 'nothing' && !has[comparesWith](reference)) {
      throw new Error(`${name} needs ${NEEDED[comparesWith]}, and they are not given.`);
    }
  }
  if (reference.statistics !== null) assertMadeWith(reference.statistics, extractor.name);
  const keep = metrics.flatMap(({ family }) => family.keeps ?? []);
  const spatial = metrics.some(({ family }) => family.comparesWith === 'spatial');
  const collected = await collectFeatures(extractor, images, { keep, spatial, onProgress });
  const { count } = collected.statistics;
  if (count !== first.numImages)
    throw new Error(`${first.name} is of ${first.numImages} images, and there are ${count}.`);
  const results: MetricResult[] = [];
  for (const { name, family } of metrics) {
    results.push({
      metric: name,
      values: await family.compute(name, collected, reference, rng),
      variant: family.variant,
      detector: extractor.name,
      reference: describe(family.comparesWith, reference, extractor.featureDim),
      numImages: count,
    });
  }
  return results;
}

const NEEDED = {
  statistics: 'reference statistics',
  spatial: 'reference statistics of spatial features (mu_s and sigma_s)',
  features: 'the real images themselves',
} as const;

const has: Record<keyof typeof NEEDED, (reference: MetricReference) => boolean> = {
  statistics: ({ statistics }) => statistics !== null,
  spatial: ({ statistics }) => statistics?.spatial !== undefined,
  features: ({ features }) => features !== null,
};

/** @throws if a metric is not defined with the features of a detector, or has another name with them */
export function assertDetector({ name, family }: Pick<Metric, 'name' | 'family'>, detector: string): void {
  const { detector: rule } = family;
  if (rule === undefined) return;
  if ('only' in rule && rule.only !== detector)
    throw new Error(
      `${name} is of the features of ${rule.only}, and the detector is ${detector}: measure it with ${rule.only}.`,
    );
  if ('not' in rule && rule.not === detector)
    throw new Error(`${name} is not of the features of ${detector}: the metrics that are have other names.`);
}

function describe(comparesWith: ComparedWith, { statistics, features }: MetricReference, dim: number): string | null {
  if (comparesWith === 'nothing') return null;
  if (comparesWith === 'features') return `${features!.length / dim} real images`;
  return describeReference(statistics!);
}
