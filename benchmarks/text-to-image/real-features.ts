import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { openDataset } from '@onestep/datasets';
import {
  collectFeatures,
  FeatureStatistics,
  withImageFormat,
  type FeatureExtractor,
  type ImageBatch,
} from '@onestep/metrics';
import { loadColorDetector } from '@onestep/metrics/node';
import { contentDigest } from 'onestep/node';
import { Judge } from '../methods/measure.js';

/** Real images that precision and recall compare with. */
const NEIGHBORS = 5000;
const BATCH = 128;

/** Opens what measures images of a data set: the detector for color, with features of the real images, which are kept in a file. */
export async function openJudge(
  data: string,
  { reals, num, out }: { reals: number; num: number; out: string },
): Promise<Judge> {
  const dataset = await openDataset(data, { cacheBytes: 0 });
  try {
    const { resolution: imgResolution, channels: imgChannels } = dataset;
    const extractor = withImageFormat(await loadColorDetector(), { imgResolution, imgChannels });
    const count = Math.min(reals, dataset.length);
    const features = await realFeatures(extractor, count, (index) => dataset.imageAt(index), {
      file: join(out, 'real-features.safetensors'),
      of: JSON.stringify([await contentDigest(data), count, extractor.name]),
    });
    const { featureDim: dim } = extractor;
    const statistics = new FeatureStatistics(dim);
    statistics.add(features, count);
    const reference = {
      name: dataset.name,
      detector: extractor.name,
      numImages: count,
      divisor: 'n' as const,
      ...statistics.moments({ divisor: 'n' }),
    };
    return Judge.of(extractor, { statistics: reference, features: features.subarray(0, NEIGHBORS * dim) }, num);
  } finally {
    dataset.close();
  }
}

async function realFeatures(
  extractor: FeatureExtractor,
  count: number,
  imageAt: (index: number) => Uint8Array,
  { file, of }: { file: string; of: string },
): Promise<Float32Array> {
  if (existsSync(file)) {
    const { tensors, metadata } = await readSafetensors(file);
    if (metadata.of === of) return tensors.features!.data as Float32Array;
  }
  const { features } = await collectFeatures(extractor, batches(count, imageAt), { keep: ['features'] });
  mkdirSync(join(file, '..'), { recursive: true });
  const shape = [count, extractor.featureDim];
  await writeSafetensors(file, { tensors: { features: { shape, data: features! } }, metadata: { of } });
  return features!;
}

/** Images in batches, as detectors take them. */
export function* batches(count: number, imageAt: (index: number) => Uint8Array): Generator<ImageBatch> {
  for (let first = 0; first < count; first += BATCH) {
    const images = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => imageAt(first + i));
    yield { images: Buffer.concat(images), count: images.length };
  }
}
