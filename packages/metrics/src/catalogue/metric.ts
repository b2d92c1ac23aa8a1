import type { Rng } from '@onestep/random';
import type { FeatureStatistics } from '../feature-statistics.js';
import type { ReferenceStatistics } from '../reference.js';

/** What an extractor found in all images. */
export interface CollectedFeatures {
  statistics: FeatureStatistics;
  /** Of the spatial features; null unless they were asked for. */
  spatial: FeatureStatistics | null;
  numClasses: number;
  /** count * numClasses; null unless they were to be kept. */
  probabilities: Float32Array | null;
  /** count * dim; null unless they were to be kept. */
  features: Float32Array | null;
}

/** What can be kept of every image until all have been seen: memory grows with their number. */
export type Kept = 'features' | 'probabilities';

/** What a metric compares generated images with: `spatial` are statistics of spatial features. */
export type ComparedWith = 'nothing' | 'statistics' | 'spatial' | 'features';

/** What generated images are compared with. */
export interface MetricReference {
  /** Needed by metrics that compare statistics; those of spatial features are a part of them. */
  statistics: ReferenceStatistics | null;
  /** Features of the real images, count * dim: needed by metrics that compare features. */
  features: Float32Array | null;
}

/** The numbers of a metric, by their published names; the first is the one to judge by. */
export type MetricValues = Record<string, number>;

/** A kind of metric, whose name has the number of images in it. */
export interface MetricFamily {
  /** What stands before the number and behind it: `fid` and `_full`. */
  readonly affixes: readonly [string, string];
  /** Exactly what is computed: variants under one letter are not comparable. */
  readonly variant: string;
  readonly better: 'lowest' | 'highest';
  readonly comparesWith: ComparedWith;
  /** What it needs of every single image; null where the statistics of all are enough. */
  readonly keeps: Kept | null;
  /** The only detector it is defined for, or one whose features have a metric of another name. Left out, any will do. */
  readonly detector?: { only: string } | { not: string };
  /** Fewest images that it can be computed of. */
  readonly minImages: number;
  /**
   * @param name as it was asked for; the numbers' names begin with it
   * @param images have what `keeps` says
   * @param reference has what `comparesWith` says
   */
  compute(
    name: string,
    images: CollectedFeatures,
    reference: MetricReference,
    rng: Rng,
  ): MetricValues | Promise<MetricValues>;
}

/** A metric with its number of images: `fid50k_full`. */
export interface Metric {
  name: string;
  numImages: number;
  family: MetricFamily;
}
