/**
 * Class probabilities of each image, computed in double precision.
 *
 * @param logits [n, numClasses]
 * @returns [n, numClasses]
 */
export function softmaxRows(logits: Float32Array, numClasses: number): Float32Array {
  const out = new Float32Array(logits.length);
  const exponentials = new Float64Array(numClasses);
  for (let start = 0; start < out.length; start += numClasses) {
    const row = logits.subarray(start, start + numClasses);
    let max = -Infinity;
    for (const value of row) max = Math.max(max, value);
    let sum = 0;
    for (let i = 0; i < numClasses; i++) sum += exponentials[i] = Math.exp(row[i]! - max);
    for (let i = 0; i < numClasses; i++) out[start + i] = exponentials[i]! / sum;
  }
  return out;
}
