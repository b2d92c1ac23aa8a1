import type { FeatureExtractor, ImageBatch } from './feature-extractor.js';
import type { PixelImage } from './resize/pixel-image.js';

/** Images prepared at a time. */
const BATCH = 16;

/**
 * Brings images of any sizes to an extractor's size, a few at a time.
 *
 * @throws if the extractor takes images of its own size only, or an image has neither 1 nor 3 channels
 */
export async function* prepareImages(
  extractor: FeatureExtractor,
  images: AsyncIterable<PixelImage> | Iterable<PixelImage>,
): AsyncGenerator<ImageBatch> {
  const length = extractor.imgResolution ** 2 * extractor.imgChannels;
  let batch = new Float32Array(BATCH * length);
  let count = 0;
  for await (const image of images) {
    batch.set(prepareWith(extractor, image), count * length);
    count += 1;
    if (count < BATCH) continue;
    yield { images: batch, count };
    [batch, count] = [new Float32Array(BATCH * length), 0];
  }
  if (count > 0) yield { images: batch.subarray(0, count * length), count };
}

/** Size of images. */
export interface SquareFormat {
  /** Height and width, in pixels. */
  imgResolution: number;
  imgChannels: number;
}

/**
 * An extractor for images of another size than its own, which it prepares.
 *
 * @param format of the images that the result takes, as uint8
 * @returns the extractor itself, if that is its own size, or it has no rule for others
 */
export function withImageFormat(extractor: FeatureExtractor, format: SquareFormat): FeatureExtractor {
  const { imgResolution: side, imgChannels: channels } = format;
  const isOwn = extractor.imgResolution === side && extractor.imgChannels === channels;
  if (isOwn || extractor.prepare === undefined) return extractor;
  return {
    name: extractor.name,
    ...(extractor.resizing !== undefined && { resizing: extractor.resizing }),
    featureDim: extractor.featureDim,
    numClasses: extractor.numClasses,
    ...(extractor.classNames !== undefined && { classNames: extractor.classNames }),
    ...(extractor.spatialDim !== undefined && { spatialDim: extractor.spatialDim }),
    imgResolution: side,
    imgChannels: channels,
    async extract(images, n, options) {
      const bytes = side * side * channels;
      if (!(images instanceof Uint8Array) || images.length !== n * bytes) {
        throw new Error(`${n} images of ${side}x${side}x${channels} are ${n * bytes} bytes, not ${images.length}.`);
      }
      const length = extractor.imgResolution ** 2 * extractor.imgChannels;
      const prepared = new Float32Array(n * length);
      for (let i = 0; i < n; i++) {
        const data = images.subarray(i * bytes, (i + 1) * bytes);
        prepared.set(prepareWith(extractor, { data, width: side, height: side, channels }), i * length);
      }
      return extractor.extract(prepared, n, options);
    },
  };
}

function prepareWith(extractor: FeatureExtractor, image: PixelImage): Float32Array {
  if (extractor.prepare === undefined) {
    throw new Error(`The detector ${extractor.name} takes images of its own size only: it has no prepare().`);
  }
  return extractor.prepare(image);
}
