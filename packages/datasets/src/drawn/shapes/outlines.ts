/** Names of the shapes. */
export const SHAPES = ['circle', 'square', 'triangle', 'star', 'heart', 'ring', 'cross', 'diamond'] as const;
/** The shape of a thing. */
export type ShapeName = (typeof SHAPES)[number];

/**
 * Whether a point is within a shape of radius 1 around the origin; x to the right, y down. Only operations that are the same
 * on every machine are used: + - * /.
 */
export type Outline = (x: number, y: number) => boolean;

type Point = readonly [x: number, y: number];

const TRIANGLE: readonly Point[] = [
  [0, -1],
  [0.96, 0.78],
  [-0.96, 0.78],
];

/** Five points on a circle of radius 1, and five on one of radius 0.42 between them. */
const STAR: readonly Point[] = [
  [0, -1],
  [0.2469, -0.3398],
  [0.9511, -0.309],
  [0.3994, 0.1298],
  [0.5878, 0.809],
  [0, 0.42],
  [-0.5878, 0.809],
  [-0.3994, 0.1298],
  [-0.9511, -0.309],
  [-0.2469, -0.3398],
];

/** The outlines of the shapes. */
export const OUTLINES: Readonly<Record<ShapeName, Outline>> = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => x * x <= 0.7 && y * y <= 0.7,
  triangle: polygon(TRIANGLE),
  star: polygon(STAR),
  heart,
  ring: (x, y) => x * x + y * y <= 1 && x * x + y * y >= 0.34,
  cross: (x, y) => (x * x <= 0.09 && y * y <= 1) || (y * y <= 0.09 && x * x <= 1),
  diamond: (x, y) => (x < 0 ? -x : x) / 0.72 + (y < 0 ? -y : y) <= 1,
};

/** (u^2 + v^2 - 1)^3 <= u^2 v^3, the well-known curve, with v up, made to fill the circle. */
function heart(x: number, y: number): boolean {
  const [u, v] = [1.18 * x, 0.12 - 1.12 * y];
  const rest = u * u + v * v - 1;
  return rest * rest * rest <= u * u * v * v * v;
}

/** Counts the edges to the right of a point. */
function polygon(points: readonly Point[]): Outline {
  return (x, y) => {
    let isInside = false;
    for (let i = 0, j = points.length - 1; i < points.length; j = i++) {
      const [a, b] = [points[i]!, points[j]!];
      if (a[1] > y !== b[1] > y && x < ((b[0] - a[0]) * (y - a[1])) / (b[1] - a[1]) + a[0]) isInside = !isInside;
    }
    return isInside;
  };
}
