import { parseArgs } from 'node:util';
import { wholeNumbers } from '../whole-numbers.js';

/** What is measured. */
export interface Settings {
  /** Recipes to run, by name; null for all. */
  only: string[] | null;
  seeds: number[];
  /** Length of a training, in thousands of images. */
  kimg: number;
  /** Where students are measured, in whole kimg, ascending; the last is the length. */
  points: number[];
  /** Generated images behind each figure. */
  num: number;
  /** Path of the real images. */
  data: string | undefined;
  /** Folder of all runs. */
  out: string;
  /** Seconds of "equal time"; null for the time that the fastest recipe takes. */
  seconds: number | null;
  /** Measure only seconds per kimg and memory, in a short run of each recipe. */
  timeOnly: boolean;
  /** Print the tables of what is there, and run nothing. */
  tables: boolean;
  save: boolean;
}

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '0,1,2' },
      points: { type: 'string', default: '1,2,3' },
      num: { type: 'string', default: '2500' },
      data: { type: 'string' },
      out: { type: 'string', default: 'runs/methods' },
      seconds: { type: 'string' },
      'time-only': { type: 'boolean', default: false },
      tables: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const points = wholeNumbers('points', values.points, 1);
  if (points.some((point, i) => i > 0 && point <= points[i - 1]!)) throw new Error('--points must ascend.');
  return {
    only: values.only?.split(',').map((name) => name.trim()) ?? null,
    seeds: wholeNumbers('seeds', values.seeds, 0),
    points,
    kimg: points.at(-1)!,
    num: wholeNumbers('num', values.num, 100)[0]!,
    data: values.data,
    out: values.out,
    seconds: values.seconds === undefined ? null : wholeNumbers('seconds', values.seconds, 1)[0]!,
    timeOnly: values['time-only'],
    tables: values.tables,
    save: values.save,
  };
}
