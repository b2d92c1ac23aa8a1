import { assertFinite } from './finite.js';

/** The Inception Score over the parts; higher is better. */
export interface InceptionScore {
  /** Mean over the parts. */
  mean: number;
  /** Population standard deviation over the parts. */
  std: number;
}

/** How the images are split into parts. */
export interface InceptionScoreOptions {
  /** Number of parts of nearly equal size. Default: 10, as in publications. */
  splits?: number;
  /**
   * Number of images in a part, instead of `splits`; the last part may have fewer. ADM's evaluator (Dhariwal & Nichol
   * 2021) uses 5000.
   */
  splitSize?: number;
}

/**
 * Inception Score (Salimans et al. 2016): exp of the mean KL divergence between the class probabilities of an image
 * and their mean over all images, computed for consecutive parts of the images.
 *
 * @param probabilities class probabilities, [n, numClasses]
 * @param n number of images
 * @param numClasses number of classes
 * @throws if there are fewer images than parts, `probabilities` has another length, or one is NaN or infinite
 */
export function inceptionScore(
  probabilities: Float32Array | Float64Array,
  n: number,
  numClasses: number,
  { splits = 10, splitSize }: InceptionScoreOptions = {},
): InceptionScore {
  if (probabilities.length !== n * numClasses) {
    throw new Error(
      `${n} images and ${numClasses} classes need ${n * numClasses} probabilities, not ${probabilities.length}.`,
    );
  }
  assertFinite(probabilities, numClasses, 'Class probability');
  const parts = splitSize === undefined ? splits : Math.ceil(n / splitSize);
  if (n < parts || parts < 1) {
    throw new Error(`The Inception Score over ${parts} parts needs at least ${Math.max(1, parts)} images, not ${n}.`);
  }
  const boundary = (part: number) =>
    splitSize === undefined ? Math.floor((part * n) / parts) : Math.min(n, part * splitSize);
  const scores = Array.from({ length: parts }, (_, part) => {
    const [start, end] = [boundary(part), boundary(part + 1)];
    return splitScore(probabilities.subarray(start * numClasses, end * numClasses), end - start, numClasses);
  });
  const mean = scores.reduce((a, b) => a + b, 0) / parts;
  const variance = scores.reduce((sum, score) => sum + (score - mean) ** 2, 0) / parts;
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
