import { collectFeatures, toReference, type FeatureExtractor, type ReferenceStatistics } from '@onestep/metrics';
import { withProgress } from '../terminal/progress.js';
import { assertSees, type Detector } from './detector.js';
import { FeatureCache } from './feature-cache.js';
import { openImages, type ImageSource } from './image-source.js';

/** What a detector finds in real images. */
export interface RealFeatures {
  /** As StyleGAN's metrics take them: divided by the number of images. */
  statistics: ReferenceStatistics;
  /** Of every image; null unless they were asked for. */
  features: Float32Array | null;
}

/** What of {@link RealFeatures} is needed. */
export interface WantedFeatures {
  features: boolean;
  signal: AbortSignal;
}

/** What a detector finds in all images of a data set, from the cache where the same has been looked at before. */
export async function seeReals(detector: Detector, path: string, wanted: WantedFeatures): Promise<RealFeatures> {
  const real = await openImages(path);
  try {
    const extractor = await detector.extractorOf(real.format);
    assertSees(extractor, real.format);
    const cache = await FeatureCache.open(path, real, extractor.name, detector.checksum);
    const known = await cache?.read(wanted.features);
    if (known != null) return known;
    const found = await look(extractor, real, wanted);
    await cache?.write(found);
    return found;
  } finally {
    real.close();
  }
}

async function look(
  extractor: FeatureExtractor,
  real: ImageSource,
  { features, signal }: WantedFeatures,
): Promise<RealFeatures> {
  const collected = await withProgress('real images', (progress) =>
    collectFeatures(extractor, real.batches(signal), {
      keep: features ? ['features'] : [],
      spatial: extractor.spatialDim !== undefined,
      onProgress: (done) => progress.update(done, real.length),
    }),
  );
  const statistics = toReference(collected, { name: real.name, detector: extractor.name, divisor: 'n' });
  return { statistics, features: collected.features };
}
