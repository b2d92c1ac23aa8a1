/**
 * ||a - b|| / ||b||
 *
 * @throws if the lengths differ
 */
export function relativeDifference(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers against ${expected.length}.`);
  const sumOfSquares = (value: (i: number) => number) => expected.reduce((sum, _, i) => sum + value(i) ** 2, 0);
  return Math.sqrt(sumOfSquares((i) => actual[i]! - expected[i]!) / sumOfSquares((i) => expected[i]!));
}
