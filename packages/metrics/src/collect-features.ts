import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { FeatureStatistics } from './feature-statistics.js';

/** Images passed to the extractor at a time. */
const BATCH = 128;
/** Images of floating-point pixels passed to it at a time: they are large, and have been resized to its input. */
const FLOAT_BATCH = 32;

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
  /** Class probabilities, [count, numClasses]; null unless they were kept. */
  probabilities: Float32Array | null;
  /** Features, [count, dim]; null unless they were kept. */
  features: Float32Array | null;
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
  /** Called after each batch with the number of images seen. */
  onProgress?: (numImages: number) => void;
}

/**
 * Runs an extractor over all images and collects the statistics of its features.
 *
 * Images are re-batched to a fixed size, because rounding may depend on the batch size and results must not depend
 * on the source.
 *
 * @param images pixels of the extractor's size, in batches of any size
 * @returns the statistics and whatever was requested with `keep` and `spatial`
 * @throws if spatial features are requested from an extractor without them, or an output is NaN or infinite
 */
export async function collectFeatures(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  { keep = [], spatial = false, onProgress }: CollectOptions = {},
): Promise<CollectedFeatures> {
  const { featureDim, numClasses } = extractor;
  const spatialStatistics = spatial ? new FeatureStatistics(spatialDimOf(extractor)) : null;
  const statistics = new FeatureStatistics(featureDim);
  const kept: Record<PerImageOutput, Float32Array[]> = { features: [], probabilities: [] };
  for await (const batch of rebatch(images)) {
    const outputs = await extractor.extract(batch.images, batch.count, { spatial });
    for (const [name, values] of Object.entries(outputs)) {
      assertFinite(values as Float32Array, {
        name,
        detector: extractor.name,
        before: statistics.count,
        count: batch.count,
      });
    }
    statistics.add(outputs.features, batch.count);
    spatialStatistics?.add(outputs.spatial!, batch.count);
    for (const name of new Set(keep)) kept[name].push(outputs[name]);
    onProgress?.(statistics.count);
  }
  const all = (name: PerImageOutput, dim: number) =>
    keep.includes(name) ? concatenate(kept[name], statistics.count * dim) : null;
  return {
    statistics,
    spatial: spatialStatistics,
    numClasses,
    probabilities: all('probabilities', numClasses),
    features: all('features', featureDim),
  };
}

function spatialDimOf({ name, spatialDim }: FeatureExtractor): number {
  if (spatialDim === undefined) {
    throw new Error(`The detector ${name} has no spatial features; the Inception detector has them.`);
  }
  return spatialDim;
}

function concatenate(pieces: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** @throws naming the detector and the image, if an output is NaN or infinite */
function assertFinite(
  values: Float32Array,
  { name, detector, before, count }: { name: string; detector: string; before: number; count: number },
): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  const image = before + Math.floor(bad / (values.length / count));
  throw new Error(
    `The detector ${detector} gives ${values[bad]} among the ${name} of image ${image} (counted from 0). No metric can be ` +
      'computed from that: check the detector and its settings.',
  );
}

/** Yields the same images, {@link BATCH} or {@link FLOAT_BATCH} at a time. */
async function* rebatch(images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>): AsyncGenerator<ImageBatch> {
  let pending: ImageBatch['images'][] = [];
  for await (const { images: pixels, count } of images) {
    const length = pixels.length / count;
    const size = pixels instanceof Float32Array ? FLOAT_BATCH : BATCH;
    for (let i = 0; i < count; i++) {
      pending.push(pixels.subarray(i * length, (i + 1) * length));
      if (pending.length < size) continue;
      yield joinImages(pending);
      pending = [];
    }
  }
  if (pending.length > 0) yield joinImages(pending);
}

function joinImages(images: readonly ImageBatch['images'][]): ImageBatch {
  const length = images[0]!.length;
  const isFloat = images[0] instanceof Float32Array;
  const joined = isFloat ? new Float32Array(images.length * length) : new Uint8Array(images.length * length);
  images.forEach((image, i) => joined.set(image, i * length));
  return { images: joined, count: images.length };
}
