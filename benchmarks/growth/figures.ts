import { drawFigure } from '../figure.js';
import type { GrowthRow } from './table.js';

/** What a figure shows of a row. */
const QUANTITIES = {
  time: {
    label: 'ms a picture',
    ours: ({ ours, batch }: GrowthRow) => ours.median_ms / batch,
    peer: ({ peers, batch }: GrowthRow) => (peers.eager?.median_ms ?? NaN) / batch,
  },
  memory: {
    label: 'largest resident memory, MB',
    ours: ({ ours }: GrowthRow) => ours.peak_mb,
    peer: ({ peers }: GrowthRow) => peers.eager?.peak_mb ?? NaN,
  },
} as const;

/**
 * Draws time per picture or memory over what grows, ours next to eager PyTorch, on logarithmic axes.
 *
 * @param rows of one or more modes, which are lines of their own
 * @returns an SVG file
 */
export function growthFigure(
  rows: readonly GrowthRow[],
  axis: GrowthRow['axis'],
  quantity: keyof typeof QUANTITIES,
): string {
  const { label, ours, peer } = QUANTITIES[quantity];
  const shown = rows.filter((row) => row.axis === axis);
  const modes = [...new Set(shown.map(({ mode }) => mode))];
  const x = (row: GrowthRow) => (axis === 'batch' ? row.batch : row.resolution);
  const lines = modes.flatMap((mode) => {
    const of = shown.filter((row) => row.mode === mode);
    return [
      { name: `${mode}, onestep`, points: of.map((row) => ({ x: x(row), y: ours(row) })) },
      { name: `${mode}, PyTorch`, points: of.map((row) => ({ x: x(row), y: peer(row) })) },
    ];
  });
  const ticks = [...new Set(shown.map(x))].sort((a, b) => a - b);
  const title = quantity === 'time' ? `Time of a picture over the ${axis}` : `Memory over the ${axis}`;
  return drawFigure({ title, x: { label: axis, isLog: true, ticks }, y: { label, isLog: true }, lines });
}
