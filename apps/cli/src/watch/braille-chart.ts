/** A point of a curve. */
export interface CurvePoint {
  x: number;
  y: number;
}

/** Bits of the dots of a braille character: two columns of four, from the top. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

/**
 * Draws a curve with braille characters, of 2 x 4 dots each. Points that are no numbers are left out; what lies between two points is
 * connected.
 *
 * @returns lines from the top; empty ones for less than one point
 */
export function brailleChart(points: readonly CurvePoint[], columns: number, lines: number): string[] {
  const [width, height] = [2 * columns, 4 * lines];
  const cells = Array.from({ length: lines }, () => new Uint8Array(columns));
  const valid = points.filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
  const [left, right] = range(valid.map(({ x }) => x));
  const [low, high] = range(valid.map(({ y }) => y));
  const place = ({ x, y }: CurvePoint) => ({
    column: Math.round(((x - left) / (right - left)) * (width - 1)),
    row: Math.round(((high - y) / (high - low)) * (height - 1)),
  });
  const set = (column: number, row: number) => void (cells[row >> 2]![column >> 1]! |= DOTS[row & 3]![column & 1]!);
  valid.map(place).forEach((to, i, all) => {
    const from = all[i - 1] ?? to;
    const steps = Math.max(1, Math.abs(to.column - from.column), Math.abs(to.row - from.row));
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      set(
        Math.round(from.column + share * (to.column - from.column)),
        Math.round(from.row + share * (to.row - from.row)),
      );
    }
  });
  return cells.map((row) => [...row].map((bits) => String.fromCodePoint(0x2800 + bits)).join(''));
}

/** The smallest and the largest, apart also where there is one value only. */
function range(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return low === high ? [low - 1, high + 1] : [low, high];
}
