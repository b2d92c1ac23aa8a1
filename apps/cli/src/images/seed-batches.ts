/**
 * Seeds in batches of at most `size`, split as evenly as possible, as the published generate.py splits them: few batches
 * of nearly the same size in place of full ones and a rest.
 */
export function seedBatches(seeds: readonly number[], size: number): number[][] {
  const count = Math.ceil(seeds.length / size);
  return Array.from({ length: count }, (_, i) =>
    seeds.slice(startOfShare(i, seeds.length, count), startOfShare(i + 1, seeds.length, count)),
  );
}

/** Where part `index` of `length` things begins; the first parts have one more, if any. */
function startOfShare(index: number, length: number, parts: number): number {
  return index * Math.floor(length / parts) + Math.min(index, length % parts);
}
