/** A network returned NaN or infinity in place of images. */
export class NonFiniteImagesError extends Error {
  override name = 'NonFiniteImagesError';
}

/**
 * Checks that images consist of numbers. NaN must not become a black pixel, a picture or a metric.
 *
 * @param images pixels, any shape
 * @param source what made them, for the message
 * @throws NonFiniteImagesError if a value is NaN or infinite
 */
export function assertFiniteImages(images: ArrayLike<number>, source = 'the network'): void {
  let broken = 0;
  let nan = false;
  for (let i = 0; i < images.length; i++) {
    const value = images[i]!;
    // x - x is 0 for numbers and NaN for everything else.
    if (value - value === 0) continue;
    broken += 1;
    nan ||= Number.isNaN(value);
  }
  if (broken === 0) return;
  const share = broken === images.length ? 'in every pixel' : `in ${broken} of ${images.length} pixels`;
  throw new NonFiniteImagesError(
    `No images: ${source} returns ${nan ? 'NaN' : 'infinity'} ${share}. Its weights are broken, as those of a training run ` +
      'that diverged: use an earlier snapshot, or train with a lower learning rate.',
  );
}
