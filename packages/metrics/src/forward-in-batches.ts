import * as tf from '@tensorflow/tfjs-core';

/** Images for a network that takes them in batches of one size. */
export interface BatchedImages {
  /** Pixels 0 to 255, [n, imgResolution, imgResolution, imgChannels] */
  images: Uint8Array | Float32Array;
  n: number;
  imgResolution: number;
  imgChannels: number;
  batchSize: number;
}

/**
 * Runs a network on any number of images, in batches of a fixed size. The last batch is padded, so that an engine
 * that compiles for shapes sees only one.
 *
 * @param forward maps pixels 0 to 255, float32 [batchSize, H, W, C], to outputs [batchSize, length]
 * @returns each output, [n, length]
 * @throws if the number of bytes does not match the number and size of the images
 */
export async function forwardInBatches<K extends string>(
  { images, n, imgResolution: size, imgChannels: channels, batchSize }: BatchedImages,
  forward: (pixels: tf.Tensor4D) => Record<K, tf.Tensor2D>,
): Promise<Record<K, Float32Array>> {
  const bytes = size * size * channels;
  if (images.length !== n * bytes) {
    throw new Error(
      `This extractor expects ${size}x${size}x${channels} pixels per image: ${n} images are ${n * bytes} bytes, ` +
        `not ${images.length}.`,
    );
  }
  const all: Partial<Record<K, Float32Array>> = {};
  for (let start = 0; start < n; start += batchSize) {
    const count = Math.min(batchSize, n - start);
    const pixels = new Float32Array(batchSize * bytes);
    pixels.set(images.subarray(start * bytes, (start + count) * bytes));
    const outputs = tf.tidy(() => forward(tf.tensor4d(pixels, [batchSize, size, size, channels])));
    for (const name of Object.keys(outputs) as K[]) {
      const length = outputs[name].shape[1];
      (all[name] ??= new Float32Array(n * length)).set(
        (await outputs[name].data()).subarray(0, count * length),
        start * length,
      );
    }
    tf.dispose(outputs);
  }
  return all as Record<K, Float32Array>;
}
