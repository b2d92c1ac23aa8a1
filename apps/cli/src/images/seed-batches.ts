/**
 * Splits seeds into batches of at most `size`, as evenly as possible, like the published generate.py: batches of nearly
 * the same size instead of full ones and a rest.
 */
export function seedBatches(seeds: readonly number[], size: number): number[][] {
  const count = Math.ceil(seeds.length / size);
  return Array.from({ length: count }, (_, i) =>
    seeds.slice(startOfShare(i, seeds.length, count), startOfShare(i + 1, seeds.length, count)),
  );
}

/** Returns the start of part `index` of `length` things. If they do not divide evenly, the first parts have one more. */
function startOfShare(index: number, length: number, parts: number): number {
  return index * Math.floor(length / parts) + Math.min(index, length % parts);
}
