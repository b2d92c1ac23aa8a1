import type * as tf from '@tensorflow/tfjs-core';
import type { HostTensor, StateDict } from '@onestep/checkpoint';
import { toFileLayout, type Parameter } from '@onestep/nn';
import { tensorOf, type Comparison, type FixtureFile } from '../check.js';
import { imagesFrom, relativeError, toFileOrder } from '../fixture-tensors.js';

/** Allowed relative errors of the consistency family, from the README of their fixtures. */
export const CONSISTENCY_TOLERANCES = {
  time: 1e-6,
  output: 1e-5,
  /** F of TrigFlow, which is divided by sin t. */
  flow: 1e-4,
  /** Exact derivatives along a path. */
  jvp: 1e-4,
  /** The same by central differences. */
  differences: 2e-3,
  loss: 3e-5,
  gradient: 2e-4,
  change: 1e-3,
  /** Of the weights, in addition to that of their change. */
  weight: 1e-7,
} as const;

/** A gradient of less than this share of the norm of all gradients is rounding. */
const ROUNDING = 1e-5;

type Numbers = ArrayLike<number>;

/** Collects comparisons with the tensors of a file. */
export class ConsistencyComparisons {
  readonly all: Comparison[] = [];
  private readonly file: FixtureFile;

  constructor(file: FixtureFile) {
    this.file = file;
  }

  /** Compares numbers, in the order of the file. */
  numbers(key: string, actual: Numbers, tolerance: number, what = key): void {
    const error = relativeError(actual, tensorOf(this.file, key).data as Float32Array);
    this.all.push({ quantity: what, error, tolerance });
  }

  /** Compares images, or a number per image. */
  async tensor(key: string, actual: tf.Tensor, tolerance: number, what = key): Promise<void> {
    const values = actual.rank === 4 ? await toFileOrder(actual as tf.Tensor4D) : await actual.data();
    this.numbers(key, values, tolerance, what);
  }

  /** Compares gradients by the names of their parameters. */
  async gradients(
    prefix: string,
    parameters: ReadonlyMap<string, Parameter>,
    grads: readonly tf.Tensor[],
  ): Promise<void> {
    const pairs: { name: string; actual: Numbers; expected: Numbers }[] = [];
    for (const [i, [name, { layout }]] of [...parameters].entries()) {
      const grad = grads[i]!;
      const actual = toFileLayout((await grad.data()) as Float32Array, grad.shape, layout);
      const expected = tensorOf(this.file, `${prefix}${name}`).data as Float32Array;
      const compared = (values: Numbers) => comparedEntries(name, values);
      pairs.push({ name, actual: compared(actual), expected: compared(expected) });
    }
    const whole = norm(pairs.flatMap(({ expected }) => Array.from(expected)));
    for (const { name, actual, expected } of pairs) {
      if (norm(expected) < ROUNDING * whole) continue;
      const error = relativeError(actual, expected);
      this.all.push({
        quantity: `gradient of ${name}`,
        error,
        tolerance: CONSISTENCY_TOLERANCES.gradient,
        group: prefix,
      });
    }
  }

  /** Compares the change of weights by training, as a share of what is allowed: part of the change, and of the weights. */
  changes(prefix: string, before: StateDict, after: StateDict): void {
    for (const [name, { data }] of Object.entries(before)) {
      const expected = tensorOf(this.file, `${prefix}${name}`).data as Float32Array;
      const [start, end, wanted] = [data as Numbers, numbersOf(after, name), expected].map((values) =>
        comparedEntries(name, values),
      ) as [Float64Array, Float64Array, Float64Array];
      const { change, weight } = CONSISTENCY_TOLERANCES;
      const moved = norm(wanted.map((value, i) => value - start[i]!));
      const missed = norm(wanted.map((value, i) => value - end[i]!));
      // The allowed error is change * moved + weight * |weights|; reported as if all of it were the share of the change.
      const allowed = change * moved + weight * norm(wanted);
      const error = missed === 0 ? 0 : (change * missed) / allowed;
      this.all.push({ quantity: `change of ${name}`, error, tolerance: change, group: `${prefix}changes` });
    }
  }
}

/** Images of a file, [N, H, W, C]. */
export function imagesOf(file: FixtureFile, key: string): tf.Tensor4D {
  return imagesFrom(tensorOf(file, key));
}

/** Numbers of a file. */
export function numbersOf(tensors: StateDict, key: string): Numbers {
  const tensor: HostTensor | undefined = tensors[key];
  if (tensor === undefined) throw new Error(`There is no tensor ${key}.`);
  return tensor.data as Float32Array;
}

/** Leaves the key biases of attention out: their gradient is 0 but for rounding, of which Adam makes full steps. */
function comparedEntries(name: string, values: Numbers): Float64Array {
  return Float64Array.from(values).filter((_, i) => !(name.endsWith('qkv.bias') && i % 3 === 1));
}

function norm(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! ** 2;
  return Math.sqrt(sum);
}
