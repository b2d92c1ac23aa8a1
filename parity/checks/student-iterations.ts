import type * as tf from '@tensorflow/tfjs-core';
import { atOnce, type TrainableGenerator } from '@onestep/diffusion-core';
import type { Progress, StudentDraws, StudentInputs, StudentOptions, StudentTraining } from '@onestep/consistency';
import type { StateDict } from '@onestep/checkpoint';
import { toFileLayout, type Module } from '@onestep/nn';
import { MaskRng } from '@onestep/random';
import { tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { hostImages, relativeError, toFileOrder, withPrefix } from '../fixture-tensors.js';

/** Allowed relative errors of the consistency family, from the README of its fixtures. */
export const CONSISTENCY_TOLERANCES = {
  level: 1e-6,
  image: 1e-5,
  /** The loss of each image, as one vector. */
  loss: 3e-5,
  tensorGradient: 2e-4,
  /** Of the change of a tensor by training, with 1e-7 of its values. */
  tensorChange: 1e-3,
} as const;

/** A tensor whose gradient is a smaller share of the whole gradient is rounding. */
const SMALLEST_GRADIENT = 1e-5;

/** Values of a file that are compared, with their names in it and how far they may be apart. */
export type Compared = Record<string, { actual: tf.Tensor; tolerance: number }>;

/** How the iterations of a method are computed from a file. */
export interface IterationsArgs<O extends StudentOptions, S extends TrainableGenerator & { clone(): S }> {
  run: StudentTraining<O, S>;
  batch: number;
  /** Progress at iteration `k` of the file. */
  progress(k: number): Progress;
  /** Noise and further draws of iteration `k`. */
  draws(k: number): Omit<StudentDraws, 'masks'>;
  /** Everything besides the gradients that iteration `k` states, `loss` included. */
  compared(inputs: StudentInputs, k: number): Compared;
  /** What stands before the names of the file's tensors. Default: ''. */
  prefix?: string;
  /** Allowed errors that differ from {@link CONSISTENCY_TOLERANCES}. */
  tolerances?: Partial<Record<'tensorGradient' | 'tensorChange', number>>;
}

/** Makes all iterations of a file: what they compute, their gradients, and the weights after them. */
export async function compareIterations<O extends StudentOptions, S extends TrainableGenerator & { clone(): S }>(
  file: FixtureFile,
  args: IterationsArgs<O, S>,
): Promise<Comparison[]> {
  const { run, batch, prefix = '' } = args;
  const { tensorGradient, tensorChange } = { ...CONSISTENCY_TOLERANCES, ...args.tolerances };
  const comparisons: Comparison[] = [];
  for (let k = 0; `${prefix}iter${k}.loss` in file.tensors; k++) {
    const real = { pixels: hostImages(tensorOf(file, `${prefix}images.${k}`)), labels: labelsOf(file, prefix, k) };
    const draws = { ...args.draws(k), masks: new MaskRng([0, 0]) };
    const progress = args.progress(k);
    const [inputs] = run.uploads.upload(real, draws, progress);
    const values = args.compared({ ...inputs!, masks: run.uploads.masksOf(0) }, k);
    for (const [name, { actual, tolerance }] of Object.entries(values)) {
      const expected = tensorOf(file, `${prefix}iter${k}.${name}`).data;
      const data = actual.rank === 4 ? await toFileOrder(actual as tf.Tensor4D) : await actual.data();
      const quantity = `${prefix}${name.replaceAll('_', ' ')}, step ${k + 1}`;
      comparisons.push({ quantity, error: relativeError(data, numbersOf(expected)), tolerance });
    }
    const gradients = withPrefix(file.tensors, `${prefix}iter${k}.student_grad.`);
    if (Object.keys(gradients).length > 0) {
      const { grads } = atOnce(run.gradients([inputs!]));
      comparisons.push(
        ...(await compareEach(run.student.module, grads, gradients, `${prefix}gradient`, tensorGradient)),
      );
    }
    await run.stepWith({ ...progress, imagesSeen: progress.iteration * batch }, real, draws);
  }
  const start = withPrefix(file.tensors, 'teacher.');
  const networks = { student: run.student, target: run.networks.copies.target, ema: run.generator };
  for (const [name, network] of Object.entries(networks)) {
    const after = withPrefix(file.tensors, `${prefix}after.${name}.`);
    if (network === undefined || Object.keys(after).length === 0) continue;
    comparisons.push(...(await compareWeights(network.module, start, after, `${prefix}${name} weights`, tensorChange)));
  }
  return comparisons;
}

/** Compares the gradient of each tensor. */
async function compareEach(
  module: Module,
  grads: readonly tf.Tensor[],
  expected: StateDict,
  what: string,
  tolerance: number,
): Promise<Comparison[]> {
  const all = Object.values(expected).map(({ data }) => normOf(data as Float32Array));
  const smallest = SMALLEST_GRADIENT * Math.hypot(...all);
  const comparisons: Comparison[] = [];
  for (const [i, [name, { layout }]] of [...module.namedParameters()].entries()) {
    if (expected[name] === undefined) continue;
    const wanted = expected[name].data as Float32Array;
    if (normOf(wanted) < smallest) continue;
    const grad = grads[i]!;
    const actual = toFileLayout((await grad.data()) as Float32Array, grad.shape, layout);
    const error = relativeError(actual, wanted);
    comparisons.push({ quantity: `${what} of ${name}`, error, tolerance, group: `${what}s, by tensor` });
  }
  if (comparisons.length === 0) throw new Error(`The file states no ${what} of a tensor of the student.`);
  return comparisons;
}

/** Compares each tensor after training, relative to its change and, a ten thousandth as much, to its values. */
async function compareWeights(
  module: Module,
  start: StateDict,
  expected: StateDict,
  what: string,
  tolerance: number,
): Promise<Comparison[]> {
  const trained = await module.stateDict();
  return Object.keys(expected).map((name) => {
    if (trained[name] === undefined || start[name] === undefined) throw new Error(`The weight ${name} is missing.`);
    // The gradient of a key bias is zero in exact arithmetic.
    const isCompared = (i: number) => !(name.endsWith('qkv.bias') && i % 3 === 1);
    const [before, actual, wanted] = [start, trained, expected].map((dict) =>
      (dict[name]!.data as Float32Array).filter((_, i) => isCompared(i)),
    ) as [Float32Array, Float32Array, Float32Array];
    const difference = normOf(actual.map((value, i) => value - wanted[i]!));
    const change = normOf(wanted.map((value, i) => value - before[i]!));
    const error = difference / Math.max(change + (1e-7 / tolerance) * normOf(wanted), 1e-30);
    return { quantity: `${what} of ${name}`, error, tolerance, group: `${what}, by tensor` };
  });
}

function labelsOf({ tensors }: FixtureFile, prefix: string, k: number): Float32Array | null {
  return (tensors[`${prefix}labels.${k}`]?.data as Float32Array | undefined) ?? null;
}

function normOf(values: Float32Array): number {
  return Math.hypot(0, Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0)));
}

/** Numbers of any type of a file, 64-bit integers included. */
export function numbersOf(data: ArrayLike<number> | ArrayLike<bigint>): Float64Array {
  return Float64Array.from(data as ArrayLike<number>, Number);
}

/**
 * A number in the metadata.
 *
 * @throws naming the entry, if it is not a number
 */
export function metadataNumber({ metadata }: FixtureFile, name: string): number {
  const value = Number(metadata[name]);
  if (metadata[name] !== undefined && Number.isFinite(value)) return value;
  throw new Error(`The metadata entry ${name} must be a number, not ${String(metadata[name])}.`);
}
