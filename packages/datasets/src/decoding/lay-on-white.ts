/**
 * Removes the alpha channel of pixels by laying them on white.
 *
 * @param pixels [N, channels], the last of which is alpha
 * @param channels 2 (gray) or 4 (RGB)
 * @returns [N, channels - 1], and whether a pixel was transparent
 */
export function layOnWhite(pixels: Uint8Array, channels: number): { data: Uint8Array; isTransparent: boolean } {
  const colors = channels - 1;
  const count = pixels.length / channels;
  const data = new Uint8Array(count * colors);
  let isTransparent = false;
  for (let i = 0; i < count; i++) {
    const alpha = pixels[i * channels + colors]!;
    isTransparent ||= alpha < 255;
    for (let c = 0; c < colors; c++) {
      const value = pixels[i * channels + c]!;
      data[i * colors + c] = Math.round((value * alpha + 255 * (255 - alpha)) / 255);
    }
  }
  return { data, isTransparent };
}
