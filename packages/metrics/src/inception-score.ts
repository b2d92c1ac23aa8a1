/** Mean and population standard deviation over the splits. */
export interface InceptionScore {
  mean: number;
  std: number;
}

const SPLITS = 10;

/**
 * Inception Score (Salimans et al. 2016): exp of the mean KL divergence between the class probabilities of an image and
 * those of all images, computed for 10 consecutive parts of the images.
 *
 * @param probabilities `n * numClasses` numbers, image after image
 * @throws if there are fewer than 10 images, or `probabilities` has another length
 */
export function inceptionScore(
  probabilities: Float32Array | Float64Array,
  n: number,
  numClasses: number,
): InceptionScore {
  if (probabilities.length !== n * numClasses) {
    throw new Error(
      `${n} images and ${numClasses} classes make ${n * numClasses} probabilities, not ${probabilities.length}.`,
    );
  }
  if (n < SPLITS)
    throw new Error(
      `The Inception Score is computed over ${SPLITS} parts: it needs at least ${SPLITS} images, not ${n}.`,
    );
  const scores: number[] = [];
  for (let split = 0; split < SPLITS; split++) {
    const start = Math.floor((split * n) / SPLITS);
    const end = Math.floor(((split + 1) * n) / SPLITS);
    scores.push(splitScore(probabilities.subarray(start * numClasses, end * numClasses), end - start, numClasses));
  }
  const mean = scores.reduce((a, b) => a + b, 0) / SPLITS;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / SPLITS;
  return { mean, std: Math.sqrt(variance) };
}

function splitScore(probabilities: Float32Array | Float64Array, n: number, numClasses: number): number {
  const marginal = new Float64Array(numClasses);
  for (let i = 0; i < probabilities.length; i++) marginal[i % numClasses]! += probabilities[i]! / n;
  let divergence = 0;
  for (let i = 0; i < probabilities.length; i++) {
    const p = probabilities[i]!;
    if (p > 0) divergence += p * Math.log(p / marginal[i % numClasses]!);
  }
  return Math.exp(divergence / n);
}
