import { wilsonInterval } from '@onestep/metrics';
import type { Cell } from './cells.js';
import type { Binding } from './measure.js';

/** One row for each encoder and length of training; the pictures of all seeds together. */
export function table(cells: readonly Cell[]): string {
  const head = [
    'encoder',
    'kimg',
    'right',
    'colors exchanged',
    'right of these',
    'things of the right shape',
    'pictures',
  ];
  const groups = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = `${cell.encoder} ${cell.kimg}`;
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  const rows = [...groups.values()].map((group) => {
    const { encoder, kimg } = group[0]!;
    return [encoder, String(kimg), ...describe(sum(group.map(({ binding }) => binding)))];
  });
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

/** The figures of a row. */
export function describe({ num, right, exchanged, shapes }: Binding): string[] {
  const both = right + exchanged;
  const binding = both === 0 ? '-' : `${share(right, both)} (${wilsonInterval(right, both).map(percent).join(' to ')})`;
  return [share(right, num), share(exchanged, num), binding, share(shapes, num), String(num)];
}

function sum(all: readonly Binding[]): Binding {
  const add = (key: keyof Binding) => all.reduce((total, each) => total + each[key], 0);
  return { num: add('num'), right: add('right'), exchanged: add('exchanged'), shapes: add('shapes') };
}

function share(part: number, whole: number): string {
  return percent(part / whole);
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
