/** Where the picture that was asked for stands among all pictures of a data set, by distance to a generated one. */
export interface NameCounts {
  /** Generated pictures. */
  asked: number;
  /** Of these, how many have the picture of their own caption as the nearest. */
  first: number;
  /** How many have it among the nearest five. */
  firstFive: number;
  /** How many have one of the same class as the nearest. */
  sameClass: number;
}

/** What is known of the real pictures. */
export interface NamedPictures {
  /** [N, dim]. */
  features: Float32Array;
  dim: number;
  captions: readonly string[];
  classes: readonly number[];
}

/**
 * Counts how often the real picture of a caption is the nearest to the generated one, by Euclidean distance of features.
 * Pictures that share a caption count as one.
 *
 * @param generated features [A, dim] of pictures of the captions at `asked`
 * @param asked indices of real pictures
 */
export function countNearestNames(
  generated: Float32Array,
  asked: readonly number[],
  { features, dim, captions, classes }: NamedPictures,
): NameCounts {
  const counts: NameCounts = { asked: asked.length, first: 0, firstFive: 0, sameClass: 0 };
  for (const [row, own] of asked.entries()) {
    const feature = generated.subarray(row * dim, (row + 1) * dim);
    const distances = captions.map((_, i) => squaredDistance(feature, features.subarray(i * dim, (i + 1) * dim)));
    const order = distances.map((_, i) => i).sort((a, b) => distances[a]! - distances[b]!);
    const isOwn = (index: number | undefined) => captions[index!] === captions[own];
    counts.first += Number(isOwn(order[0]));
    counts.firstFive += Number(order.slice(0, 5).some(isOwn));
    counts.sameClass += Number(classes[order[0]!] === classes[own]);
  }
  return counts;
}

function squaredDistance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return sum;
}
