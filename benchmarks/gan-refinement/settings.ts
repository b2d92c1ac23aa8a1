import { parseArgs } from 'node:util';
import { wholeNumbers } from '../whole-numbers.js';

/** What is measured. */
export interface Settings {
  /** One GAN and its refinements for each. */
  seeds: number[];
  /** Snapshots of the GAN that are refined, by the thousands of images that it had seen: an early one, one between, a late one. */
  starts: number[];
  /** Length of a refinement, in thousands of images. */
  kimg: number;
  /** Length of the GAN's own further training, the control, in thousands of images. */
  further: number;
  /** Method that refines. */
  method: string;
  /** Further options of `onestep distill`. */
  args: string[];
  /** Generated images behind each figure. */
  num: number;
  /** Path of the real images. */
  data: string | undefined;
  /** Folder of all runs. */
  out: string;
  /** Print the tables of what is there, and run nothing. */
  tables: boolean;
  save: boolean;
}

/** Thousands of images between two snapshots of the GAN. */
export const SNAPSHOT_KIMG = 40;

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1,2,3' },
      starts: { type: 'string', default: '40,120,400' },
      kimg: { type: 'string', default: '16' },
      further: { type: 'string', default: '40' },
      method: { type: 'string', default: 'diff-instruct' },
      args: { type: 'string', default: '' },
      num: { type: 'string', default: '5000' },
      data: { type: 'string' },
      out: { type: 'string', default: 'runs/gan-refinement' },
      tables: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const starts = wholeNumbers('starts', values.starts, 1);
  const [further] = wholeNumbers('further', values.further, 1) as [number];
  for (const kimg of [...starts, further]) {
    if (kimg % SNAPSHOT_KIMG !== 0)
      throw new Error(`The GAN is saved every ${SNAPSHOT_KIMG} kimg, and not at ${kimg}.`);
  }
  return {
    seeds: wholeNumbers('seeds', values.seeds, 0),
    starts,
    kimg: wholeNumbers('kimg', values.kimg, 1)[0]!,
    further,
    method: values.method,
    args: values.args.split(' ').filter((arg) => arg !== ''),
    num: wholeNumbers('num', values.num, 100)[0]!,
    data: values.data,
    out: values.out,
    tables: values.tables,
    save: values.save,
  };
}
