/** The index from 0 to size-1 that `index` is mirrored to at the edges, which are not repeated: -1 is 1. */
export function reflect(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * size - 2;
  const place = ((index % period) + period) % period;
  return place < size ? place : period - place;
}
