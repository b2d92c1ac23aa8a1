import { ALONE, collectOnFirst, workTogether, type Communicator } from '@onestep/diffusion-core';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { FeatureStatistics } from './feature-statistics.js';
import { ImageGroups, type ImageGroup } from './image-groups.js';
import { sumStatistics } from './sum-statistics.js';

/**
 * An output of the extractor that can be kept for every image; memory then grows with the number of images.
 *
 * @internal
 */
export type PerImageOutput = 'features' | 'probabilities';

/**
 * The outputs of an extractor over a set of images.
 *
 * @internal
 */
export interface CollectedFeatures {
  /** Mean and covariance of the features. */
  statistics: FeatureStatistics;
  /** Mean and covariance of the spatial features; null unless they were requested. */
  spatial: FeatureStatistics | null;
  /** Number of class probabilities per image. */
  numClasses: number;
  /** Class probabilities, [count, numClasses]; null unless they were kept. Empty in processes other than 0. */
  probabilities: Float32Array | null;
  /** Features, [count, dim]; null unless they were kept. Empty in processes other than 0. */
  features: Float32Array | null;
}

/**
 * The images of one of several processes. Their shares follow one another.
 *
 * @internal
 */
export interface SharedImages {
  /** The processes, each of which makes the same call with its images. */
  communicator: Communicator;
  /** Index of this process's first image among all. */
  first: number;
}

/**
 * Options of {@link collectFeatures}.
 *
 * @internal
 */
export interface CollectOptions {
  /** Outputs to keep for every image. Default: none. */
  keep?: readonly PerImageOutput[];
  /** Whether to collect statistics of spatial features as well. Default: false. */
  spatial?: boolean;
  /** Called after each batch with the number of images seen, by all processes together. */
  onProgress?: (numImages: number) => void;
  /** Left out, this process has all images. */
  share?: SharedImages;
  /** Stops between two batches, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/**
 * Runs an extractor over all images and collects the statistics of its features.
 *
 * Images are regrouped to a fixed size, because rounding may depend on it and results must not depend on the source. Several
 * processes compute the same features as one; the sums behind their statistics may differ in the order of addition.
 *
 * @param images pixels of the extractor's size, in batches of any size
 * @returns the statistics of all images, and whatever was requested with `keep` and `spatial`
 * @throws if spatial features are requested from an extractor without them, or an output is NaN or infinite; OtherRankError if
 *   another process failed
 */
export async function collectFeatures(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  options: CollectOptions = {},
): Promise<CollectedFeatures> {
  const { keep = [], spatial = false, onProgress, signal } = options;
  const { communicator, first } = options.share ?? { communicator: ALONE, first: 0 };
  const { featureDim, numClasses } = extractor;
  const spatialStatistics = spatial ? new FeatureStatistics(spatialDimOf(extractor)) : null;
  const statistics = new FeatureStatistics(featureDim);
  const kept: Record<PerImageOutput, Float32Array[]> = { features: [], probabilities: [] };
  const add = async (group: ImageGroup): Promise<number> => {
    const outputs = await extractor.extract(group.images, group.count, { spatial });
    for (const [name, values] of Object.entries(outputs)) {
      assertFinite(values as Float32Array, { name, detector: extractor.name, group });
    }
    statistics.add(outputs.features, group.count);
    spatialStatistics?.add(outputs.spatial!, group.count);
    for (const name of new Set(keep)) kept[name].push(outputs[name]);
    return group.count;
  };
  const groups = new ImageGroups(images, first);
  const whole = groups.whole();
  let seen = 0;
  const addTogether = async (next: () => Promise<ImageGroup | null>): Promise<number> => {
    const work = async () => {
      signal?.throwIfAborted();
      const group = await next();
      return group === null ? 0 : add(group);
    };
    const count = await workTogether(communicator, work, signal);
    seen += count;
    if (count > 0) onProgress?.(seen);
    return count;
  };
  try {
    const next = () => whole.next().then(({ value }) => (value as ImageGroup | undefined) ?? null);
    while ((await addTogether(next)) > 0);
  } finally {
    await whole.return(undefined);
  }
  const last = await groups.last(communicator);
  await addTogether(async () => last);

  const all = async (name: PerImageOutput) => {
    if (!keep.includes(name)) return null;
    const bytes = kept[name].map(
      ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength),
    );
    return new Float32Array((await collectOnFirst(communicator, bytes)).buffer);
  };
  return {
    statistics: await sumStatistics(statistics, communicator),
    spatial: spatialStatistics && (await sumStatistics(spatialStatistics, communicator)),
    numClasses,
    probabilities: await all('probabilities'),
    features: await all('features'),
  };
}

function spatialDimOf({ name, spatialDim }: FeatureExtractor): number {
  if (spatialDim === undefined) {
    throw new Error(`The detector ${name} has no spatial features; the Inception detector has them.`);
  }
  return spatialDim;
}

/** @throws naming the detector and the image, if an output is NaN or infinite */
function assertFinite(
  values: Float32Array,
  { name, detector, group }: { name: string; detector: string; group: ImageGroup },
): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const image = group.first + Math.floor(bad / (values.length / group.count));
  throw new Error(
    `The detector ${detector} gives ${values[bad]} among the ${name} of image ${image} (counted from 0). No metric can be ` +
      'computed from that: check the detector and its settings.',
  );
}
