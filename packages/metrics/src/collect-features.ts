import type { CollectedFeatures, Kept } from './catalogue/metric.js';
import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import { FeatureStatistics } from './feature-statistics.js';

/** Images that an extractor sees at a time. */
const BATCH = 128;

/** What {@link collectFeatures} collects beside the statistics of the features. */
export interface CollectOptions {
  /** What is kept of every image. Memory grows with the number of images by that alone. */
  keep?: readonly Kept[];
  /** Whether to take statistics of spatial features too. */
  spatial?: boolean;
  /** Called after each batch with the number of images seen. */
  onProgress?: (numImages: number) => void;
}

/**
 * Shows all images to an extractor. Batches are made anew: an engine may round sums otherwise in a batch of another size, and the
 * same images are to give the same numbers wherever they come from.
 *
 * @throws if spatial features are wanted of an extractor that has none
 */
export async function collectFeatures(
  extractor: FeatureExtractor,
  images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>,
  { keep = [], spatial = false, onProgress }: CollectOptions = {},
): Promise<CollectedFeatures> {
  const { featureDim, numClasses } = extractor;
  const places = spatial ? new FeatureStatistics(spatialDimOf(extractor)) : null;
  const statistics = new FeatureStatistics(featureDim);
  const kept: Record<Kept, Float32Array[]> = { features: [], probabilities: [] };
  for await (const batch of inBatches(images)) {
    const found = await extractor.extract(batch.images, batch.count, { spatial });
    statistics.add(found.features, batch.count);
    places?.add(found.spatial!, batch.count);
    for (const what of new Set(keep)) kept[what].push(found[what]);
    onProgress?.(statistics.count);
  }
  const all = (what: Kept, dim: number) => (keep.includes(what) ? joined(kept[what], statistics.count * dim) : null);
  return {
    statistics,
    spatial: places,
    numClasses,
    probabilities: all('probabilities', numClasses),
    features: all('features', featureDim),
  };
}

function spatialDimOf({ name, spatialDim }: FeatureExtractor): number {
  if (spatialDim === undefined) throw new Error(`The detector ${name} has no spatial features; Inception has.`);
  return spatialDim;
}

function joined(pieces: readonly Float32Array[], length: number): Float32Array {
  const all = new Float32Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** The same images, {@link BATCH} at a time. */
async function* inBatches(images: AsyncIterable<ImageBatch> | Iterable<ImageBatch>): AsyncGenerator<ImageBatch> {
  let pending: Uint8Array[] = [];
  for await (const { images: pixels, count } of images) {
    const bytes = pixels.length / count;
    for (let i = 0; i < count; i++) {
      pending.push(pixels.subarray(i * bytes, (i + 1) * bytes));
      if (pending.length < BATCH) continue;
      yield together(pending);
      pending = [];
    }
  }
  if (pending.length > 0) yield together(pending);
}

function together(images: readonly Uint8Array[]): ImageBatch {
  const bytes = images[0]!.length;
  const joined = new Uint8Array(images.length * bytes);
  images.forEach((image, i) => joined.set(image, i * bytes));
  return { images: joined, count: images.length };
}
