/** Parameters times pixels up to which a network call costs little more than its overhead. */
const SMALL_CALL = 1e10;
/** A compromise: one image of a small network should not take long, nor a thousand. */
const MAX_BATCH = 8;

/**
 * Chooses how many images a network call makes: as many as keep it short, so that a single image of a large network does
 * not pay for a whole batch. It depends on the network alone, because the bits of an image depend on the batch size.
 *
 * @param resolution height and width of the images, in pixels
 */
export function chooseBatchSize(network: { parameterCount(): number }, resolution: number): number {
  const perImage = network.parameterCount() * resolution ** 2;
  return Math.max(1, Math.min(MAX_BATCH, Math.floor(SMALL_CALL / perImage)));
}
