import { openImageSource } from './sources/index.js';
import type { SourceImage } from './sources/source.js';

/** An image and what it shows. */
export interface CaptionedImage extends Pick<SourceImage, 'name' | 'width' | 'height' | 'channels' | 'data'> {
  /** In words; null if it has no caption. */
  caption: string | null;
  /** Number of images, as far as it is known before they are read. */
  total: number;
}

/**
 * Reads images with their captions, one after another: of a data set, of a folder that `onestep edm generate --prompts` wrote, or
 * of whatever else `convertDataset` reads.
 *
 * @throws if it cannot be opened; naming an image that cannot be read; the signal's reason if it fires
 */
export async function* readCaptionedImages(path: string, signal?: AbortSignal): AsyncGenerator<CaptionedImage> {
  const source = await openImageSource(path, {}, signal);
  try {
    for await (const image of source.images(Infinity)) {
      signal?.throwIfAborted();
      if ('problem' in image) throw new Error(image.problem);
      const { name, width, height, channels, data, caption = null } = image;
      yield { name, width, height, channels, data, caption: caption === '' ? null : caption, total: source.count };
    }
  } finally {
    source.close?.();
  }
}
