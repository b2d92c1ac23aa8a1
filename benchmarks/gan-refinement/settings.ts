import { parseArgs } from 'node:util';
import { wholeNumbers } from '../whole-numbers.js';

/** What is measured. */
export interface Settings {
  /** A refinement and a further training of the GAN for each, from each snapshot. */
  seeds: number[];
  /** Snapshots of the GAN that are refined, by the thousands of images that it had seen: an early one, one between, a late one. */
  starts: number[];
  /** Length of a refinement, in thousands of images. */
  kimg: number;
  /** Length of the GAN's own further training, the control, in thousands of images; left out, that of the refinement. */
  further: number;
  /** Method that refines. */
  method: string;
  /** Options of `onestep distill` for each start: its preset, and what is the same for all. */
  args: ReadonlyMap<number, readonly string[]>;
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

/** Seed of the GAN. */
export const GAN_SEED = 1;

/** Thousands of images between two snapshots of the GAN. */
export const SNAPSHOT_KIMG = 40;

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1,2,3' },
      starts: { type: 'string', default: '40,120,400' },
      kimg: { type: 'string', default: '16' },
      further: { type: 'string' },
      method: { type: 'string', default: 'diff-instruct' },
      presets: { type: 'string', default: 'gan,gan,gan-fine' },
      args: { type: 'string', default: '' },
      num: { type: 'string', default: '5000' },
      data: { type: 'string' },
      out: { type: 'string', default: 'runs/gan-refinement' },
      tables: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  const starts = wholeNumbers('starts', values.starts, 1);
  const [kimg] = wholeNumbers('kimg', values.kimg, 1) as [number];
  for (const start of starts) {
    if (start % SNAPSHOT_KIMG !== 0)
      throw new Error(`The GAN is saved every ${SNAPSHOT_KIMG} kimg, and not at ${start}.`);
  }
  const presets = values.presets.split(',');
  if (presets.length !== starts.length) {
    throw new Error(`--presets has to name one for each of the starts ${starts.join(', ')}, not ${values.presets}.`);
  }
  const args = values.args.split(' ').filter((arg) => arg !== '');
  return {
    seeds: wholeNumbers('seeds', values.seeds, 0),
    starts,
    kimg,
    further: values.further === undefined ? kimg : wholeNumbers('further', values.further, 1)[0]!,
    method: values.method,
    args: new Map(starts.map((start, i) => [start, ['--preset', presets[i]!, ...args]])),
    num: wholeNumbers('num', values.num, 100)[0]!,
    data: values.data,
    out: values.out,
    tables: values.tables,
    save: values.save,
  };
}
