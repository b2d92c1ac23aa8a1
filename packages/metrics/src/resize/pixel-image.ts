/** An image of 8 bits per channel, of any size. */
export interface PixelImage {
  /** [height, width, channels], 0 to 255. */
  data: Uint8Array;
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** 1 (gray) or 3 (RGB). */
  channels: number;
}

/** Repeats the channel of gray images; RGB images are returned as they are. @throws if there are neither 1 nor 3 channels */
export function repeatGray(image: PixelImage): PixelImage {
  const { data, channels } = image;
  if (channels === 3) return image;
  if (channels !== 1) throw new Error(`An image of ${channels} channels; images are gray (1) or RGB (3).`);
  const tripled = new Uint8Array(3 * data.length);
  for (let i = 0, at = 0; i < data.length; i++) {
    const value = data[i]!;
    tripled[at++] = value;
    tripled[at++] = value;
    tripled[at++] = value;
  }
  return { ...image, data: tripled, channels: 3 };
}

/** Cuts out the middle of an image, as torchvision's CenterCrop does. @param size of the result, at most the image's */
export function cropCenter(image: PixelImage, size: number): PixelImage {
  const { data, width, height, channels } = image;
  const top = roundHalfToEven((height - size) / 2);
  const left = roundHalfToEven((width - size) / 2);
  const out = new Uint8Array(size * size * channels);
  for (let row = 0; row < size; row++) {
    const start = ((top + row) * width + left) * channels;
    out.set(data.subarray(start, start + size * channels), row * size * channels);
  }
  return { data: out, width: size, height: size, channels };
}

/** Rounds as Python does. */
function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
