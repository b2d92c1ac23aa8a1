/** A point of a figure's frame, which reaches from -1 to 1: how much of it the figure covers, and how bright it is there. */
export interface Point {
  /** 0 to 1 */
  cover: number;
  /** 0 to 1 */
  light: number;
}

/** A figure in its frame. */
export type Figure = (x: number, y: number) => Point;

/** Faster than Math.hypot. */
export const length = (x: number, y: number) => Math.sqrt(x * x + y * y);

/** Signed distances, negative inside. */
type Distance = (x: number, y: number) => number;

const circle =
  (radius: number): Distance =>
  (x, y) =>
    length(x, y) - radius;
const box =
  (width: number, height: number): Distance =>
  (x, y) =>
    Math.max(Math.abs(x) - width, Math.abs(y) - height);
const polygon =
  (sides: number, radius: number): Distance =>
  (x, y) => {
    const sector = (2 * Math.PI) / sides;
    const angle = Math.atan2(y, x);
    const within = angle - sector * Math.round(angle / sector);
    return length(x, y) * Math.cos(within) - radius;
  };
const star =
  (points: number): Distance =>
  (x, y) =>
    length(x, y) - 0.62 - 0.3 * Math.cos(points * Math.atan2(y, x));
const outside =
  (a: Distance, b: Distance): Distance =>
  (x, y) =>
    Math.max(a(x, y), -b(x, y));
const either =
  (a: Distance, b: Distance): Distance =>
  (x, y) =>
    Math.min(a(x, y), b(x, y));

/** Ten geometric shapes. */
const SHAPES: readonly Distance[] = [
  circle(0.85),
  box(0.75, 0.75),
  polygon(3, 0.5),
  star(5),
  outside(circle(0.9), circle(0.5)),
  either(box(0.9, 0.28), box(0.28, 0.9)),
  outside(circle(0.85), (x, y) => length(x - 0.45, y) - 0.7),
  polygon(6, 0.75),
  box(0.95, 0.35),
  either(
    (x, y) => length(x - 0.5, y) - 0.42,
    (x, y) => length(x + 0.5, y) - 0.42,
  ),
];

/** Side of an image of Fashion-MNIST. */
const SIDE = 28;

/** One of the ten shapes. @param pixel length of a pixel in the figure's frame, over which its edge is spread */
export function shapeFigure(kind: number, pixel: number): Figure {
  const distance = SHAPES[kind]!;
  return (x, y) => ({ cover: Math.min(1, Math.max(0, 0.5 - distance(x, y) / pixel)), light: 1 });
}

/** A piece of clothing. @param gray an image of Fashion-MNIST, [28, 28] */
export function clothesFigure(gray: Uint8Array): Figure {
  return (x, y) => {
    const [column, row] = [((x + 1) / 2) * SIDE - 0.5, ((y + 1) / 2) * SIDE - 0.5];
    const [left, top] = [Math.floor(column), Math.floor(row)];
    const at = (r: number, c: number) => (r < 0 || c < 0 || r >= SIDE || c >= SIDE ? 0 : gray[r * SIDE + c]!);
    const [dx, dy] = [column - left, row - top];
    const value =
      (at(top, left) * (1 - dx) + at(top, left + 1) * dx) * (1 - dy) +
      (at(top + 1, left) * (1 - dx) + at(top + 1, left + 1) * dx) * dy;
    return { cover: Math.min(1, value / 50), light: 0.35 + (0.65 * value) / 255 };
  };
}
