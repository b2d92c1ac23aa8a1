/** Pillow's limit, above which an image counts as a decompression bomb. */
const MAX_PIXELS = 178_956_970;
/** Bytes that anything may unpack to, however small its file. */
const FREE_BYTES = 64 * 2 ** 20;
/** Largest ratio of unpacked to packed bytes above that. Photographs have less than 60. */
const MAX_RATIO = 100;

/** Tells whether data that unpack to a size may be a decompression bomb. */
export function isBomb(packedBytes: number, unpackedBytes: number): boolean {
  return unpackedBytes > FREE_BYTES && unpackedBytes > MAX_RATIO * packedBytes;
}

/**
 * Checks the size that an image states before memory is allocated for its pixels.
 *
 * @param fileBytes length of its file
 * @param source the file's name, for messages
 * @throws if it has more than 179 million pixels, or is far larger than its file can be
 */
export function checkImageSize(width: number, height: number, fileBytes: number, source: string): void {
  const pixels = width * height;
  const problem =
    pixels > MAX_PIXELS
      ? `more than ${MAX_PIXELS} pixels`
      : isBomb(fileBytes, 3 * pixels)
        ? `in a file of ${fileBytes} bytes`
        : null;
  if (problem === null) return;
  throw new Error(
    `${source}: the image states a size of ${width}x${height}, ${problem}; it is not decoded, because it ` +
      'may be a decompression bomb.',
  );
}
