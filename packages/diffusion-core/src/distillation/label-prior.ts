import type { Rng } from '@onestep/random';

/**
 * Draws the classes of a batch from a prior, for training without data.
 *
 * @param labelDim number of classes; 0 gives an empty list
 * @param probabilities one per class, up to a common factor; null for uniform
 * @returns n classes
 */
export function drawClasses(
  rng: Rng,
  n: number,
  labelDim: number,
  probabilities: readonly number[] | null,
): Int32Array {
  if (labelDim === 0) return new Int32Array(0);
  if (probabilities === null) return rng.integers(n, labelDim);
  const total = probabilities.reduce((a, b) => a + b, 0);
  return Int32Array.from(rng.uniform(n, 0, total), (u) => inverseCumulative(probabilities, u));
}

/**
 * Checks the probabilities of classes.
 *
 * @throws RangeError unless there is one per class, none negative and at least one positive
 */
export function checkClassProbabilities(probabilities: readonly number[] | null, labelDim: number): void {
  if (probabilities === null) return;
  if (probabilities.length !== labelDim) {
    throw new RangeError(
      `There are ${probabilities.length} class probabilities, and the teacher has ${labelDim} classes.`,
    );
  }
  if (!probabilities.every((p) => p >= 0 && p < Infinity) || !probabilities.some((p) => p > 0)) {
    throw new RangeError(`The class probabilities must be 0 or more, and not all 0: ${probabilities.join(', ')}.`);
  }
}

/** The first class at which the probabilities add up to more than `u`. */
function inverseCumulative(probabilities: readonly number[], u: number): number {
  let sum = 0;
  const found = probabilities.findIndex((p) => (sum += p) > u);
  return found === -1 ? probabilities.findLastIndex((p) => p > 0) : found;
}
