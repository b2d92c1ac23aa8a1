import type { Cell } from './cells.js';

const QUANTITIES = ['fid', 'is', 'precision', 'recall'] as const;
const STATES = ['before', 'refined', 'control'] as const;

/** One row for each snapshot and what was done with it; mean and range over the seeds. */
export function table(cells: readonly Cell[], starts: readonly number[]): string {
  const head = ['GAN trained on', '', 'FID', 'IS', 'precision', 'recall', 'seconds', 'seeds'];
  const rows = starts.flatMap((start) => {
    const found = cells.filter((cell) => cell.start === start);
    return found.length === 0 ? [] : STATES.map((state) => row(found, state));
  });
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function row(cells: readonly Cell[], state: (typeof STATES)[number]): string[] {
  const { start, measured, method, args } = cells[0]!;
  const what = {
    before: 'as it is',
    refined: `${method} ${args.join(' ')}, ${measured.kimg} kimg`,
    control: `as a GAN, ${measured.further} kimg more`,
  };
  const quantities = QUANTITIES.map((name) => meanAndRange(cells.map((cell) => cell[state][name])));
  const seconds = state === 'before' ? '' : mean(cells.map((cell) => cell.seconds[state])).toFixed(0);
  return [`${start} kimg`, what[state], ...quantities, seconds, String(cells.length)];
}

function meanAndRange(values: readonly number[]): string {
  const show = (value: number) => value.toPrecision(3);
  return Math.min(...values) === Math.max(...values)
    ? show(values[0]!)
    : `${show(mean(values))} (${show(Math.min(...values))} to ${show(Math.max(...values))})`;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
