const DIRECTIONS = 32;

/**
 * The sliced 1-Wasserstein distance between two sets of points in the plane (Bonneel et al. 2015): the mean over directions
 * of the distance between their projections, which on a line is the distance between sorted values.
 *
 * @param points [n, 2]
 * @param reference [m, 2], where m is a multiple of n
 */
export function slicedWasserstein(points: Float32Array, reference: Float32Array): number {
  const perPoint = reference.length / points.length;
  let sum = 0;
  for (let k = 0; k < DIRECTIONS; k++) {
    const angle = (Math.PI * k) / DIRECTIONS;
    const [a, b] = [project(points, angle), project(reference, angle)];
    sum += b.reduce((total, value, j) => total + Math.abs(value - a[Math.floor(j / perPoint)]!), 0) / b.length;
  }
  return sum / DIRECTIONS;
}

/**
 * Projects points onto a direction.
 *
 * @returns the sorted components, [n]
 */
function project(points: Float32Array, angle: number): Float32Array {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return Float32Array.from({ length: points.length / 2 }, (_, i) => c * points[2 * i]! + s * points[2 * i + 1]!).sort();
}
