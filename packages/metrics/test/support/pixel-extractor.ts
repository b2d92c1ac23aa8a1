import { Rng } from '@onestep/random';
import type { FeatureExtractor, ImageBatch } from '../../src/index.js';

/** An extractor of 2x2 images: its features are the four pixels, its class is whether the first pixel is bright. */
export const pixelExtractor: FeatureExtractor = {
  name: 'pixels',
  featureDim: 4,
  numClasses: 2,
  imgResolution: 2,
  imgChannels: 1,
  spatialDim: 2,
  extract: async (images, n, { spatial } = { spatial: false }) => ({
    // Most multiples of 1/60 are not half-precision numbers.
    features: Float32Array.from(images, (value) => value / 60),
    probabilities: Float32Array.from({ length: 2 * n }, (_, i) => {
      const isBright = images[4 * (i >> 1)]! > 100;
      return isBright === (i % 2 === 1) ? 0.9 : 0.1;
    }),
    ...(spatial && { spatial: Float32Array.from({ length: 2 * n }, (_, i) => images[2 * i]! / 60) }),
  }),
};

/** `count` images of random pixels for {@link pixelExtractor}, as one batch. */
export function randomImages(seed: number, count: number): [ImageBatch] {
  return [{ images: Uint8Array.from(new Rng(seed).integers(4 * count, 256)), count }];
}
