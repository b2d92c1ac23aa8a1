/**
 * Mirrors an index at the edges of 0 to size-1, without repeating the edges: -1 becomes 1.
 *
 * @internal
 */
export function reflectIndex(index: number, size: number): number {
  if (size === 1) return 0;
  const period = 2 * size - 2;
  const place = ((index % period) + period) % period;
  return place < size ? place : period - place;
}
