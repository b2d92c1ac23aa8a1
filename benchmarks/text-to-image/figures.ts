import { wilsonInterval } from '@onestep/metrics';
import { drawFigure, type FigurePoint } from '../figure.js';
import type { Cell } from './cells.js';

/** What a figure shows of a network with one scale of guidance. */
const QUANTITIES: Record<string, { title: string; label: string; of: (cell: Cell) => Omit<FigurePoint, 'x'> }> = {
  fid: {
    title: 'FID over the scale of guidance',
    label: 'FID',
    of: ({ quality }) => ({ y: quality.fid }),
  },
  seen: {
    title: 'All right, seen combinations',
    label: 'pictures with everything right, %',
    of: ({ attributes }) => percentage(attributes.seen.all),
  },
  'held-out': {
    title: 'All right, held-out combinations',
    label: 'pictures with everything right, %',
    of: ({ attributes }) => percentage(attributes.heldOut.all),
  },
};

/** Draws FID and what is right over the scale of guidance, a line for each network. @returns SVG files by their names */
export function guidanceFigures(cells: readonly Cell[]): Record<string, string> {
  const guided = cells.filter(({ scale }) => scale !== null);
  const names = [...new Set(guided.map(({ name }) => name))];
  const figures = Object.entries(QUANTITIES).map(([key, { title, label, of }]) => {
    const lines = names.map((name) => {
      const own = guided.filter((cell) => cell.name === name).sort((a, b) => a.scale! - b.scale!);
      const calls = Math.max(...own.map((cell) => cell.calls));
      const points = own.map((cell) => ({ x: cell.scale!, ...of(cell) }));
      return { name: `${name}, ${calls} ${calls === 1 ? 'call' : 'calls'}`, points };
    });
    const ticks = [...new Set(guided.map(({ scale }) => scale!))].sort((a, b) => a - b);
    return [key, drawFigure({ title, x: { label: 'scale of guidance', ticks }, y: { label }, lines })];
  });
  return Object.fromEntries(figures) as Record<string, string>;
}

/** A share in percent with its 95 % confidence interval. */
function percentage({ right, stated }: { right: number; stated: number }): Omit<FigurePoint, 'x'> {
  const [low, high] = wilsonInterval(right, stated);
  return { y: (100 * right) / stated, low: 100 * low, high: 100 * high };
}
