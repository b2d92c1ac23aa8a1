/**
 * Images for a file: clip(x * 127.5 + 128, 0, 255), truncated. This is the rounding of the published generate and
 * metric scripts, which the published FIDs depend on.
 *
 * @param images values in [-1, 1], any shape; NaN becomes 0
 */
export function toUint8(images: ArrayLike<number>): Uint8Array {
  const out = new Uint8Array(images.length);
  for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(images[i]! * 127.5 + 128, 0), 255);
  return out;
}
