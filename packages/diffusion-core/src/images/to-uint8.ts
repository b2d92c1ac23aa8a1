/**
 * Converts pixels from [-1, 1] to bytes: clip(x * 127.5 + 128, 0, 255), truncated. The published generate and metric
 * scripts round this way, and the published FIDs depend on it.
 *
 * @param images values in [-1, 1], any shape; NaN becomes 0
 * @returns as many bytes, in the same order
 */
export function toUint8(images: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(images.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(images[i]! * 127.5 + 128, 0), 255);
  return out;
}
