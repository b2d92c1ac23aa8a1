import { parseArgs } from 'node:util';
import type { CellSettings } from './cells.js';

/** What is measured. */
export interface Settings extends CellSettings {
  /** Experiments and analyses to run, by name; null for all. */
  only: string[] | null;
  seeds: number[];
  /** Path of the real images. */
  data: string | undefined;
  /** Write the results and figures of what is there, and run nothing. */
  report: boolean;
}

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '0,1,2' },
      points: { type: 'string' },
      num: { type: 'string', default: '2000' },
      data: { type: 'string' },
      out: { type: 'string', default: 'runs/boot' },
      report: { type: 'boolean', default: false },
    },
  });
  const points = values.points === undefined ? null : numbers('points', values.points, (value) => value > 0);
  if (points?.some((point, i) => i > 0 && point <= points[i - 1]!)) throw new Error('--points must ascend.');
  return {
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    seeds: numbers('seeds', values.seeds, (value) => Number.isInteger(value) && value >= 0),
    points,
    num: numbers('num', values.num, (value) => Number.isInteger(value) && value >= 100)[0]!,
    data: values.data,
    out: values.out,
    report: values.report,
  };
}

function numbers(name: string, text: string, isValid: (value: number) => boolean): number[] {
  const values = text.split(',').map(Number);
  if (values.every(isValid)) return values;
  throw new Error(`--${name} is ${text}, expected numbers such as those of its default.`);
}
