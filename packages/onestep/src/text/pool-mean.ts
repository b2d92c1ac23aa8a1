/**
 * The mean of the embeddings of tokens, without those of padding.
 *
 * @param values [P, L, E] row-major
 * @param mask [P, L], 0 for padding
 * @returns [P, E]; zeros where there is only padding
 */
export function poolMean(
  values: Float32Array,
  [count, length, size]: readonly [number, number, number],
  mask: ArrayLike<number>,
): Float32Array {
  const means = new Float32Array(count * size);
  const sum = new Float64Array(size);
  for (let i = 0; i < count; i++) {
    sum.fill(0);
    let tokens = 0;
    for (let j = 0; j < length; j++) {
      if (mask[i * length + j] === 0) continue;
      tokens += 1;
      const at = (i * length + j) * size;
      for (let k = 0; k < size; k++) sum[k]! += values[at + k]!;
    }
    if (tokens > 0)
      means.set(
        sum.map((value) => value / tokens),
        i * size,
      );
  }
  return means;
}
