/** A straight line through points, by least squares. */
export interface Fit {
  slope: number;
  intercept: number;
  /** Share of the variance that the line explains, R^2. */
  explained: number;
}

/** @param points at least two with different x */
export function fitLine(points: readonly { x: number; y: number }[]): Fit {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const [mx, my] = [mean(points.map(({ x }) => x)), mean(points.map(({ y }) => y))];
  const sum = (term: (dx: number, dy: number) => number) =>
    points.reduce((total, { x, y }) => total + term(x - mx, y - my), 0);
  const slope = sum((dx, dy) => dx * dy) / sum((dx) => dx * dx);
  const intercept = my - slope * mx;
  const left = points.reduce((total, { x, y }) => total + (y - intercept - slope * x) ** 2, 0);
  return { slope, intercept, explained: 1 - left / sum((_, dy) => dy * dy) };
}

/** How a quantity falls: as a power, q = c kimg^slope, or exponentially, q = c exp(slope kimg). */
export function fitDecline(curve: readonly { kimg: number; value: number }[]): { power: Fit; exponential: Fit } {
  const logs = curve.map(({ kimg, value }) => ({ kimg, y: Math.log(value) }));
  return {
    power: fitLine(logs.map(({ kimg, y }) => ({ x: Math.log(kimg), y }))),
    exponential: fitLine(logs.map(({ kimg, y }) => ({ x: kimg, y }))),
  };
}
