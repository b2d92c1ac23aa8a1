import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { BACKEND_NAMES, type BackendName } from '@onestep/backends';
import { SIZES } from '../../benchmarks/train-step/sizes.js';
import { KINDS, type Kind } from './part.js';

export const USAGE = `Checks the engines on this machine's NVIDIA GPU, in at most ten minutes.

  npm run gpu-check -- [options]

  --only KINDS       ${KINDS.join(', ')} (default: all)
  --engines NAMES    default: ort-cuda,tensorflow,webgpu; with --cpu ort,tensorflow,webgpu
  --sizes NAMES      networks to time, NAME or NAME:BATCH, the most important one first:
                     ${Object.keys(SIZES).slice(0, 4).join(', ')},
                     ${Object.keys(SIZES).slice(4).join(', ')}
  --skip-install     do not prepare engines: what is not there is skipped
  --budget SECONDS   default: 600
  --steps N          training steps over which memory has to stay flat (default: 300)
  --python PROGRAM   the Python whose PyTorch is compared (default: python3)
  --out DIR          folder for gpu-check.json, gpu-check.md and the output of each part
                     (default: out/gpu-check)
  --cpu              a rehearsal on engines that need no GPU
  --prepare DIR      only downloads what the engines need into DIR, for a machine without a
                     network: there, set ONESTEP_ENGINES=DIR and pass --skip-install`;

/** A network to time. */
export interface SizeChoice {
  /** As the user wrote it. */
  name: string;
  /** An entry of benchmarks/train-step/sizes.json. */
  size: string;
  batch: number;
}

export interface Options {
  kinds: readonly Kind[];
  engines: readonly BackendName[];
  sizes: readonly SizeChoice[];
  budgetS: number;
  steps: number;
  python: string;
  out: string;
  /** Rehearsal on the CPU. */
  cpu: boolean;
  /** Folder for the engines of another machine; null in a check. */
  prepare: string | null;
}

/** Wrong usage, which ends the program with 2. */
export class UsageError extends Error {}

const ENGINES = BACKEND_NAMES.filter((name) => name !== 'auto');
const [ENGINES_ON_GPU, ENGINES_ON_CPU] = ['ort-cuda,tensorflow,webgpu', 'ort,tensorflow,webgpu'];
const SIZES_ON_GPU = 'mc64-b64,cifar10-ddpmpp:64,quickstart,cifar10-ddpmpp,mc32-b64,mc64-b32,mc32-b32,mc32-b2';

/** Reads the command line. @returns null if help was requested. @throws UsageError */
export function parseOptions(argv: readonly string[]): Options | null {
  const values = readArguments(argv);
  if (values.help) return null;
  const { cpu, prepare } = values;
  const kinds = prepare === undefined ? choose('--only', values.only, KINDS) : (['install'] as const);
  return {
    kinds: kinds.filter((kind) => !(values['skip-install'] && kind === 'install')),
    engines: choose('--engines', values.engines ?? (cpu ? ENGINES_ON_CPU : ENGINES_ON_GPU), ENGINES),
    sizes: split(values.sizes ?? (cpu ? 'mc32-b2' : SIZES_ON_GPU)).map(readSize),
    budgetS: readNumber('--budget', values.budget ?? (prepare === undefined ? '600' : '3600')),
    steps: readNumber('--steps', values.steps),
    // A path is relative to where the user is.
    python: values.python.includes('/') ? resolve(values.python) : values.python,
    out: values.out,
    cpu,
    prepare: prepare ?? null,
  };
}

function readArguments(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: 'string', default: KINDS.join() },
        engines: { type: 'string' },
        sizes: { type: 'string' },
        'skip-install': { type: 'boolean', default: false },
        budget: { type: 'string' },
        steps: { type: 'string', default: '300' },
        python: { type: 'string', default: 'python3' },
        out: { type: 'string', default: 'out/gpu-check' },
        cpu: { type: 'boolean', default: false },
        prepare: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}

const split = (list: string) => list.split(',').map((name) => name.trim());

function choose<T extends string>(option: string, list: string, known: readonly T[]): T[] {
  return split(list).map((name) => {
    if ((known as readonly string[]).includes(name)) return name as T;
    throw new UsageError(`${option}: there is no '${name}'. Available: ${known.join(', ')}.`);
  });
}

function readSize(name: string): SizeChoice {
  const [size, batch] = name.split(':');
  const found = SIZES[size!];
  if (found === undefined) {
    throw new UsageError(`--sizes: there is no '${size}'. Available: ${Object.keys(SIZES).join(', ')}.`);
  }
  return { name, size: size!, batch: batch === undefined ? found.batch : readNumber(`--sizes ${size}`, batch) };
}

function readNumber(option: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`${option}: expected a whole number of at least 1, got '${text}'.`);
}
