import { parseArgs } from 'node:util';
import { MEASURED_SPLITS } from '@onestep/datasets';
import { wholeNumbers } from '../whole-numbers.js';

/** A one-step generator, by what it is called in the tables. */
export interface Student {
  name: string;
  path: string;
}

/** What is measured. */
export interface Settings {
  /** The diffusion model of captions: a file or a run folder. */
  teacher: string | undefined;
  students: Student[];
  /** Scales of guidance; 1 is none. */
  scales: number[];
  /** Steps of Heun's sampler, for the teacher: 2n - 1 network calls, twice as many with guidance. */
  steps: number[];
  /** Generated images behind each FID. */
  num: number;
  /** Captions of either kind, with a picture each, behind each accuracy. */
  captions: number;
  /** Real images that FID compares with, the first of the data set; the first 5,000 of them for precision and recall. */
  reals: number;
  /** Path of the data set `shapes`. */
  data: string | undefined;
  /** The part of the data set that the captions of accuracies are of. */
  split: (typeof MEASURED_SPLITS)[number];
  /** Folder of all results. */
  out: string;
  /** Print the tables of what is there, and measure nothing. */
  tables: boolean;
  save: boolean;
}

/** @throws Error naming the option that is not valid */
export function readSettings(): Settings {
  const { values } = parseArgs({
    options: {
      teacher: { type: 'string' },
      students: { type: 'string', default: '' },
      scales: { type: 'string', default: '1,1.5,2,3,5' },
      steps: { type: 'string', default: '18' },
      num: { type: 'string', default: '2000' },
      captions: { type: 'string', default: '500' },
      reals: { type: 'string', default: '20000' },
      data: { type: 'string' },
      split: { type: 'string', default: 'train' },
      out: { type: 'string', default: 'runs/text-to-image' },
      tables: { type: 'boolean', default: false },
      save: { type: 'boolean', default: false },
    },
  });
  return {
    teacher: values.teacher,
    students: readStudents(values.students),
    scales: readScales(values.scales),
    steps: wholeNumbers('steps', values.steps, 1),
    num: wholeNumbers('num', values.num, 100)[0]!,
    captions: wholeNumbers('captions', values.captions, 10)[0]!,
    reals: wholeNumbers('reals', values.reals, 1000)[0]!,
    data: values.data,
    split: readSplit(values.split),
    out: values.out,
    tables: values.tables,
    save: values.save,
  };
}

/** Parses `boot=runs/boot,sid=sid.safetensors`. */
export function readStudents(text: string): Student[] {
  return text
    .split(',')
    .filter((each) => each !== '')
    .map(readStudent);
}

function readStudent(text: string): Student {
  const [name, ...path] = text.split('=');
  if (!name || path.length === 0)
    throw new Error(`--students is ${text}, expected NAME=FILE, such as boot=boot.safetensors.`);
  return { name: name.trim(), path: path.join('=') };
}

function readSplit(text: string): Settings['split'] {
  const split = MEASURED_SPLITS.find((name) => name === text);
  if (split === undefined) throw new Error(`--split is ${text}, expected ${MEASURED_SPLITS.join(' or ')}.`);
  return split;
}

/** Parses `1,1.5,2`. */
export function readScales(text: string): number[] {
  const scales = text.split(',').map(Number);
  if (scales.every((scale) => Number.isFinite(scale) && scale >= 0)) return scales;
  throw new Error(`--scales is ${text}, expected numbers from 0 on, such as 1,2,3.`);
}
