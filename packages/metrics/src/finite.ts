/**
 * Checks that the outputs of an extractor are numbers. Comparisons with NaN are false, so a metric would leave such images
 * out without a word.
 *
 * @param values [n, dim]
 * @param name of one value, for the message
 * @throws if a value is NaN or infinite
 */
export function assertFinite(values: Float32Array | Float64Array, dim: number, name: string): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw new Error(`${name} ${bad % dim} of image ${Math.floor(bad / dim)} is ${values[bad]}, not a finite number.`);
}
