import type { Rng } from '@onestep/random';
import type { CollectedFeatures, PerImageOutput } from '../collect-features.js';
import type { ReferenceStatistics } from '../reference.js';

/** What a metric compares generated images with: `spatial` are statistics of spatial features. */
export type ComparedWith = 'nothing' | 'statistics' | 'spatial' | 'features';

/** The real images that generated images are compared with. */
export interface MetricReference {
  /** Needed by metrics that compare statistics; includes those of spatial features where a metric needs them. */
  statistics: ReferenceStatistics | null;
  /** Features of the real images, [count, dim]; needed by metrics that compare features. */
  features: Float32Array | null;
}

/** The numbers of a metric by their published names; the first one is the one to rank by. */
export type MetricValues = Record<string, number>;

/** A metric for any number of images: its name contains the number, as in `fid50k_full`. */
export interface MetricFamily {
  /** The name before and after the number: `fid` and `_full`. */
  readonly affixes: readonly [string, string];
  /** What exactly is computed. Variants of one metric are not comparable. */
  readonly variant: string;
  /** Whether lower or higher values are better. */
  readonly better: 'lowest' | 'highest';
  /** What the generated images are compared with. */
  readonly comparesWith: ComparedWith;
  /** The output it needs for every image; null where the statistics are enough. */
  readonly keeps: PerImageOutput | null;
  /**
   * The only detector it is defined for, or a detector that it is not defined for, with the name of a metric that is.
   * Default: defined for any detector.
   */
  readonly detector?: { only: string } | { not: string; instead: string };
  /** Smallest number of images it can be computed from. */
  readonly minImages: number;
  /**
   * Computes the metric.
   *
   * @param name the name it was requested by; the names of the values begin with it
   * @param images the features of the generated images, with the output named by `keeps`
   * @param reference the real images, as `comparesWith` requires
   * @param rng draws the subsets of KID
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
  /** The full name. */
  name: string;
  /** The number of generated images it is computed from. */
  numImages: number;
  family: MetricFamily;
}
