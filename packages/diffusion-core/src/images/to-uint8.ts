import { assertFiniteImages } from './finite-images.js';

/**
 * Converts pixels from [-1, 1] to bytes: clip(x * 127.5 + 128, 0, 255), truncated. The published generate and metric
 * scripts round this way, and the published FIDs depend on it.
 *
 * @param images values in [-1, 1], any shape
 * @param source what made them, for the message
 * @returns as many bytes, in the same order
 * @throws NonFiniteImagesError if a value is NaN or infinite: it has no byte
 */
export function toUint8(images: ArrayLike<number>, source?: string): Uint8Array {
  assertFiniteImages(images, source);
  const out = new Uint8Array(images.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(images[i]! * 127.5 + 128, 0), 255);
  return out;
}
