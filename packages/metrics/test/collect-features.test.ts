import { expect, it } from 'vitest';
import { collectFeatures } from '../src/index.js';
import { pixelExtractor, randomImages } from './support/pixel-extractor.js';

it('keeps only the requested outputs of every image', async () => {
  const [plain, both] = [
    await collectFeatures(pixelExtractor, randomImages(1, 300)),
    await collectFeatures(pixelExtractor, randomImages(1, 300), { keep: ['probabilities', 'features', 'features'] }),
  ];
  expect(plain).toEqual({ ...both, probabilities: null, features: null });
  expect([both.probabilities!.length, both.features!.length]).toEqual([600, 1200]);
});

it('passes the same batches to the extractor, however the images arrive', async () => {
  const [{ images }] = randomImages(1, 300);
  const counts: number[] = [];
  const extractor: typeof pixelExtractor = {
    ...pixelExtractor,
    extract: (pixels, n, options) => {
      counts.push(n);
      return pixelExtractor.extract(pixels, n, options);
    },
  };
  const small = Array.from({ length: 43 }, (_, i) => images.subarray(28 * i, 28 * (i + 1))).map((pixels) => ({
    images: pixels,
    count: pixels.length / 4,
  }));
  const keep = ['features'] as const;
  const together = await collectFeatures(extractor, [{ images, count: 300 }], { keep });
  const apart = await collectFeatures(extractor, small, { keep });
  expect(apart).toEqual(together);
  expect(counts).toEqual([128, 128, 44, 128, 128, 44]);
});

it('refuses spatial features where the extractor has none', async () => {
  const { spatialDim: _none, ...extractor } = pixelExtractor;
  await expect(collectFeatures(extractor, [], { spatial: true })).rejects.toThrow(/pixels has no spatial features/);
});
