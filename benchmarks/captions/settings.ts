import { parseArgs } from 'node:util';
import { wholeNumbers } from '../whole-numbers.js';

/** How captions become label vectors. */
export interface Encoder {
  /** Name in the tables and of folders. */
  name: string;
  about: string;
  /** `--caption-slots` of `onestep edm train`. */
  slots: number;
}

/** What is compared; everything else is equal. */
export const ENCODERS: readonly Encoder[] = [
  { name: 'words', about: 'a bag of words', slots: 0 },
  { name: 'slots', about: 'words, and the words of each part of the caption', slots: 2 },
];

/** What is measured. */
export interface Settings {
  encoders: readonly Encoder[];
  seeds: number[];
  /** Where the networks are measured, in whole kimg, ascending; the last is the length. */
  points: number[];
  /** Captions behind each figure, one image each. */
  num: number;
  /** Folder of the data set and all runs. */
  out: string;
  /** Print the table of what is there, and run nothing. */
  tables: boolean;
  save: boolean;
}

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      seeds: { type: 'string', default: '0' },
      points: { type: 'string', default: '5,10,15,20' },
      num: { type: 'string', default: '192' },
      out: { type: 'string', default: 'runs/captions' },
      tables: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const points = wholeNumbers('points', values.points, 1);
  if (points.some((point, i) => i > 0 && point <= points[i - 1]!)) throw new Error('--points must ascend.');
  const wanted = values.only?.split(',');
  const unknown = wanted?.find((name) => !ENCODERS.some((encoder) => encoder.name === name));
  if (unknown !== undefined) {
    throw new Error(`--only ${unknown}: there is ${ENCODERS.map(({ name }) => name).join(', ')}.`);
  }
  return {
    encoders: ENCODERS.filter(({ name }) => wanted?.includes(name) ?? true),
    seeds: wholeNumbers('seeds', values.seeds, 0),
    points,
    num: wholeNumbers('num', values.num, 2)[0]!,
    out: values.out,
    tables: values.tables,
    save: values.save,
  };
}
