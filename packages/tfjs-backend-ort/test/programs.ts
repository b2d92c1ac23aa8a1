import fc from 'fast-check';
import { pattern, tf, values } from './support.js';

/** Numbers that make choices; their meaning depends on the step. */
type Choice = number;

/** Random programs as data, so that the same one runs on several backends. */
export type Step =
  | { do: 'upload'; shape: Choice; seed: number }
  | { do: 'apply'; op: Choice; on: Choice; and: Choice }
  | { do: 'gradient'; op: Choice; then: Choice; on: Choice; and: Choice }
  | { do: 'assign'; variable: Choice; from: Choice }
  | { do: 'variable'; from: Choice }
  | { do: 'dispose' | 'read' | 'clone'; on: Choice }
  | { do: 'switch' }
  | { do: 'tidy'; steps: Step[]; keep: Choice };

const SHAPES = [[], [3], [2, 3], [2, 1], [3, 3], [0, 3], [1, 2, 2, 16], [2, 3, 3, 32], [1200]] as const;

type Operation = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor | null;

const fits = (x: tf.Tensor, y: tf.Tensor) => {
  try {
    tf.backend_util.assertAndGetBroadcastShape(x.shape, y.shape);
    return true;
  } catch {
    return false;
  }
};
const both =
  (op: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor): Operation =>
  (x, y) =>
    fits(x, y) ? op(x, y) : null;
const filter = (from: number, to: number) => pattern<tf.Rank.R4>([3, 3, from, to], 91);
const images = (x: tf.Tensor): x is tf.Tensor4D => x.rank === 4;

/** Operations that are smooth, so that a difference in the last bits stays small. Null if the shapes do not match. */
const DIFFERENTIABLE: Operation[] = [
  both(tf.add),
  both(tf.sub),
  both(tf.mul),
  both((x, y) => tf.div(x, tf.add(tf.square(y), 1))),
  (x) => tf.tanh(x),
  (x) => tf.sigmoid(x),
  (x) => tf.neg(x),
  (x) => tf.exp(tf.clipByValue(x, -2, 1.5)),
  (x) => tf.sqrt(tf.add(tf.square(x), 0.5)),
  (x) => tf.softplus(x),
  (x) => tf.mul(x, 0.5),
  (x) => (x.rank > 0 ? tf.sum(x, -1) : null),
  (x) => (x.rank > 0 && x.size > 0 ? tf.mean(x, 0, true) : null),
  (x) => (x.rank > 0 && x.size > 0 ? tf.softmax(x) : null),
  (x) => tf.reshape(x, [-1]),
  (x) => (x.rank >= 2 ? tf.transpose(x) : null),
  (x) => (x.rank > 0 && x.shape[0]! > 1 ? tf.slice(x, 1) : null),
  (x) => (x.rank > 0 ? tf.concat([x, x], -1) : null),
  (x) => (x.rank > 0 && x.rank < 5 ? tf.stack([x, tf.square(x)]) : null),
  (x, y) => (x.rank === 2 && y.rank === 2 && x.shape[1] === y.shape[0] ? tf.matMul(x, y) : null),
  (x, y) => (x.rank === 2 && y.rank === 2 && x.shape[1] === y.shape[1] ? tf.matMul(x, y, false, true) : null),
  (x) => (images(x) && x.shape[3] % 16 === 0 ? tf.conv2d(x, filter(x.shape[3], 16), 1, 'same') : null),
  (x) => (images(x) && x.shape[1] >= 2 && x.shape[2] >= 2 ? tf.avgPool(x, 2, 1, 'valid') : null),
];
const OPERATIONS: Operation[] = [
  ...DIFFERENTIABLE,
  // tfjs-core's gradient of it does not support broadcasting.
  both(tf.squaredDifference),
  (x) => tf.where(tf.greater(x, 0.1234), x, tf.zerosLike(x)),
  (x) => tf.cast(tf.cast(tf.mul(x, 3.3), 'int32'), 'float32'),
  (x) => tf.cast(tf.logicalNot(tf.less(x, 0.0731)), 'float32'),
  (x) => tf.mul(tf.onesLike(x), 2),
  (x) => (x.size > 0 ? tf.max(x) : null),
];

/** The outcome of a program: everything that was read, and the number of tensors it leaked. */
export interface Trace {
  reads: number[][];
  tensors: number;
  finite: boolean;
}

/**
 * Runs a program on the current backend.
 *
 * @param backends the step 'switch' goes round these
 */
export async function run(program: readonly Step[], backends: readonly string[] = []): Promise<Trace> {
  const before = tf.memory().numTensors;
  const reads: number[][] = [];
  const variables: tf.Variable[] = [[2, 3], [3]].map((shape) => tf.tidy(() => tf.variable(pattern(shape))));
  const from = (pool: tf.Tensor[], choice: Choice): tf.Tensor => {
    const all = [...pool, ...variables];
    return all[choice % all.length]!;
  };

  const step = (pool: tf.Tensor[], command: Step): void => {
    switch (command.do) {
      case 'upload': {
        const shape = SHAPES[command.shape % SHAPES.length]!;
        const size = shape.reduce((a: number, b) => a * b, 1);
        // Sometimes all ones or zeros, which are stored as fills.
        const data = command.seed % 5 > 1 ? values(size, command.seed) : new Float32Array(size).fill(command.seed % 5);
        pool.push(tf.tensor(data, [...shape]));
        return;
      }
      case 'apply': {
        const op = OPERATIONS[command.op % OPERATIONS.length]!;
        const result = tf.tidy(() => op(from(pool, command.on), from(pool, command.and)) ?? tf.scalar(0));
        pool.push(result);
        return;
      }
      case 'gradient': {
        const [first, second] = [command.op, command.then].map((i) => DIFFERENTIABLE[i % DIFFERENTIABLE.length]!);
        const other = from(pool, command.and);
        const f = (x: tf.Tensor): tf.Tensor => {
          const y = first!(x, other) ?? tf.mul(x, 2);
          return tf.sum(tf.mul(second!(y, x) ?? y, 0.5));
        };
        pool.push(tf.tidy(() => tf.grad(f)(from(pool, command.on))));
        return;
      }
      case 'assign': {
        const variable = variables[command.variable % variables.length]!;
        const value = from(pool, command.from);
        if (value.shape.join() === variable.shape.join()) tf.tidy(() => variable.assign(tf.mul(value, 1.5)));
        return;
      }
      case 'variable':
        variables.push(tf.variable(from(pool, command.from)));
        return;
      case 'clone':
        pool.push(tf.clone(from(pool, command.on)));
        return;
      case 'dispose':
        if (pool.length > 0) pool.splice(command.on % pool.length, 1)[0]!.dispose();
        return;
      case 'read':
        reads.push([...from(pool, command.on).dataSync()]);
        return;
      case 'tidy': {
        const made = tf.tidy(() => {
          const inner = [...pool];
          for (const nested of command.steps) step(inner, nested);
          // A tensor that was disposed of inside is gone outside as well.
          pool.splice(0, pool.length, ...pool.filter((t) => !t.isDisposed));
          const fresh = inner.filter((t) => !pool.includes(t));
          return fresh.length > 0 ? fresh[command.keep % fresh.length]! : tf.scalar(1);
        });
        pool.push(made);
        return;
      }
      case 'switch':
        return;
    }
  };

  const pool: tf.Tensor[] = [];
  let switches = 0;
  for (const command of program) {
    if (command.do === 'switch' && backends.length > 0) await tf.setBackend(backends[switches++ % backends.length]!);
    else step(pool, command);
  }
  for (const t of [...pool, ...variables]) reads.push([...t.dataSync()]);
  const tensors = tf.memory().numTensors - before;
  tf.dispose([...pool, ...variables]);
  return { reads, tensors, finite: reads.flat().every((v) => Number.isFinite(v) && Math.abs(v) < 1e4) };
}

const choice = fc.nat(1000);
const { step } = fc.letrec<{ step: Step }>((tie) => ({
  step: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('upload' as const), shape: choice, seed: fc.nat(20) }) },
    { weight: 9, arbitrary: fc.record({ do: fc.constant('apply' as const), op: choice, on: choice, and: choice }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('gradient' as const), op: choice, then: choice, on: choice, and: choice }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('assign' as const), variable: choice, from: choice }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('variable' as const), from: choice }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('dispose' as const, 'read' as const, 'clone' as const), on: choice }) },
    { weight: 1, arbitrary: fc.constant({ do: 'switch' as const }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('tidy' as const), steps: fc.array(tie('step'), { maxLength: 5 }), keep: choice }) },
  ),
})); // prettier-ignore

/** Programs of at most `length` steps. */
export const programs = (length: number) => fc.array(step, { minLength: 3, maxLength: length });
