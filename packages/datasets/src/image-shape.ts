/**
 * Size of an image.
 *
 * @internal
 */
export interface ImageShape {
  /** In pixels. */
  width: number;
  /** In pixels. */
  height: number;
  /** 1 (gray) or 3 (RGB) in data sets. */
  channels: number;
}

/** An image of 8 bits per channel. */
export interface PixelImage extends ImageShape {
  /** [height, width, channels], 0 to 255. */
  data: Uint8Array;
}

/** The size as text, such as `28x28x1`, for messages. */
export function describeShape({ width, height, channels }: ImageShape): string {
  return `${width}x${height}x${channels}`;
}

/** Tells whether both have the same width, height and number of channels. */
export function isSameShape(a: ImageShape, b: ImageShape): boolean {
  return a.width === b.width && a.height === b.height && a.channels === b.channels;
}

/**
 * Checks that networks can be trained on images of this size: square, the side a power of two, gray or RGB.
 *
 * @param source the image's name, for messages
 * @param advice what to do if they cannot, without a full stop
 * @throws saying which rule the image breaks
 */
export function assertTrainableShape(shape: ImageShape, source: string, advice: string): void {
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
      `${source}: the image is ${describeShape(shape)} (width x height x channels): ${problem}. Images of a data set are ` +
        `square, with a side of 2, 4, 8, ... pixels and 1 (gray) or 3 (RGB) channels; ${advice}.`,
    );
  }
}
