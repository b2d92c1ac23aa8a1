/** Size of an image: pixels in rows (HWC order), one byte a channel. */
export interface ImageShape {
  width: number;
  height: number;
  channels: number;
}

/** An image: `width * height * channels` bytes in HWC order. */
export interface PixelImage extends ImageShape {
  data: Uint8Array;
}

/** `28x28x1`, for messages. */
export function describeShape({ width, height, channels }: ImageShape): string {
  return `${width}x${height}x${channels}`;
}

/** True if both have the same width, height and number of channels. */
export function sameShape(a: ImageShape, b: ImageShape): boolean {
  return a.width === b.width && a.height === b.height && a.channels === b.channels;
}

/**
 * Checks what the networks need of the images: square, the side a power of two, gray or RGB.
 *
 * @param source names the image in the message
 * @throws saying which rule the image breaks
 */
export function assertTrainableShape(shape: ImageShape, source: string): void {
  const { width, height, channels } = shape;
  const problem =
    width !== height
      ? 'its width and height differ'
      : width < 1 || !Number.isInteger(Math.log2(width))
        ? 'its side is not a power of two'
        : channels !== 1 && channels !== 3
          ? `it has ${channels} channels`
          : null;
  if (problem !== null) {
    throw new Error(
      `${source}: the image is ${describeShape(shape)} (width x height x channels): ${problem}. Data sets hold square ` +
        'images with a side of 2, 4, 8, ... pixels and 1 (gray) or 3 (RGB) channels; convert the images first.',
    );
  }
}
