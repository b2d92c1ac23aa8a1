import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attention, compileStep, downsample2x, groupNorm, jvp, lossAndGrads, Parameter, silu } from '../src/index.js';
import { orderTape } from '../src/autodiff/tape-order.js';
import { startTestBackend, TEST_BACKEND } from '../../../test-support/backend.js';
import { centralDifference, relativeError } from '../../../test-support/derivatives.js';
import { Rng } from '@onestep/random';

beforeAll(startTestBackend);

const X = 0.7;
const t = Math.tanh(X);
const s = 1 - t * t;
/** x tanh(x) and its first three derivatives at {@link X}. */
const [VALUE, FIRST, SECOND, THIRD] = [X * t, t + X * s, 2 * s - 2 * X * t * s, -6 * t * s + X * s * (6 * t * t - 2)];

const f = (x: tf.Tensor) => tf.mul(x, tf.tanh(x));
const read = async (y: tf.Tensor) => (await y.data())[0]!;
const x = () => tf.scalar(X);

describe('derivatives of x tanh(x), whose gradient uses a saved output', () => {
  it('are right in every order', async () => {
    expect(await read(f(x()))).toBeCloseTo(VALUE, 5);
    expect(await read(tf.grad(f)(x()))).toBeCloseTo(FIRST, 5);
    expect(await read(tf.grad(tf.grad(f))(x()))).toBeCloseTo(SECOND, 5);
    expect(await read(tf.grad(tf.grad(tf.grad(f)))(x()))).toBeCloseTo(THIRD, 4);
  });

  it('are wrong on the tape as tfjs records it', async () => {
    const engine = tf.engine() as unknown as { addTapeNode?: unknown };
    const ordered = engine.addTapeNode;
    try {
      // Leaves the method of the class.
      delete engine.addTapeNode;
      expect(await read(tf.grad(f)(x()))).toBeCloseTo(FIRST, 5);
      // If this fails, tfjs has been mended, and tape-order.ts is not needed any more.
      expect(Math.abs((await read(tf.grad(tf.grad(f))(x()))) - SECOND)).toBeGreaterThan(0.1);
    } finally {
      engine.addTapeNode = ordered;
    }
  });

  it('are right by every function that differentiates, outside and inside of tidy', async () => {
    const first = tf.grad(f);
    const w = new Parameter(x());
    const one = tf.scalar(1);
    const seconds = (): tf.Tensor[] => [
      tf.grads((a: tf.Tensor, b: tf.Tensor) => tf.mul(first(a), b))([x(), one])[0]!,
      tf.valueAndGrad(first)(x()).grad,
      tf.valueAndGrads((a: tf.Tensor, b: tf.Tensor) => tf.mul(first(a), b))([x(), one]).grads[0]!,
      tf.variableGrads(() => first(w.variable) as tf.Scalar, [w.variable]).grads[w.variable.name]!,
      lossAndGrads(() => ({ loss: first(w.variable) as tf.Scalar, aux: {} }), [w]).grads[0]!,
      tf.grad((a: tf.Tensor) => tf.valueAndGrad(f)(a).grad)(x()),
      tf.grad((a: tf.Tensor) => tf.tidy(() => first(tf.clone(a))))(x()),
    ];
    for (const results of [seconds(), tf.tidy(seconds)]) {
      for (const result of results) expect(await read(result)).toBeCloseTo(SECOND, 5);
      tf.dispose(results);
    }
  });

  it('leave no tensor behind', async () => {
    const point = x();
    const { numTensors } = tf.memory();
    tf.dispose(tf.grad(tf.grad(tf.grad(f)))(point));
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  it('are right in a step that is compiled, recorded and replayed', async () => {
    const step = compileStep(({ x }: { x: tf.Scalar }) => ({ second: tf.grad(tf.grad(f))(x) }));
    for (let i = 0; i < 6; i++) {
      const at = 0.1 * i;
      const { second } = step({ x: tf.scalar(at) });
      const h = 1 - Math.tanh(at) ** 2;
      expect(await read(second)).toBeCloseTo(2 * h - 2 * at * Math.tanh(at) * h, 5);
    }
    if (TEST_BACKEND === 'ort') {
      expect((tf.backend() as unknown as { counters(): { replays: number } }).counters().replays).toBeGreaterThan(0);
    }
  });

  it('are right for another copy of tfjs-core in the process', async () => {
    const copy = createRequire(import.meta.url)('@tensorflow/tfjs-core/dist/tf-core.min.js') as typeof tf;
    expect(copy.grad).not.toBe(tf.grad);
    const second = copy.grad(copy.grad((x) => copy.mul(x, copy.tanh(x))));
    expect(await read(second(copy.scalar(X)))).toBeCloseTo(SECOND, 5);
  });

  it('are right in a worker', async () => {
    const module = new URL('./support/second-derivative.ts', import.meta.url).href;
    const program = `import('tsx/esm/api').then(({ register }) => (register(), import('${module}')))`;
    const worker = new Worker(program, { eval: true, execArgv: ['--conditions=@onestep/source'] });
    const second = await new Promise<number>((resolve, reject) => worker.on('message', resolve).on('error', reject));
    expect(second).toBeCloseTo(SECOND, 5);
  });
});

describe('tf.customGrad', () => {
  /** exp with the gradient dy y, from what it saved. */
  const exp = (save: (x: tf.Tensor, y: tf.Tensor) => tf.Tensor[], gradient: (saved: tf.Tensor[]) => tf.Tensor) =>
    tf.customGrad((x, saver) => {
      const value = tf.exp(x as tf.Tensor);
      (saver as tf.GradSaveFunc)(save(x as tf.Tensor, value));
      return { value, gradFunc: (dy, saved) => tf.mul(dy, gradient(saved)) };
    });

  it.each<[string, (x: tf.Tensor) => tf.Tensor]>([
    ['an output', exp((_, y) => [y], ([y]) => y!)], // prettier-ignore
    [
      'an output, then an input',
      exp(
        (x, y) => [y, x],
        ([y]) => y!,
      ),
    ],
    [
      'an input',
      exp(
        (x) => [x],
        ([x]) => tf.exp(x!),
      ),
    ],
  ])('that saves %s has the right second derivative', async (_, f) => {
    expect(await read(tf.grad(tf.grad(f))(x()))).toBeCloseTo(Math.exp(X), 5);
  });

  // tensorflow copies what it reshapes, so that nothing tells whose values they are.
  it.skipIf(TEST_BACKEND === 'tensorflow')('that saves an output in another shape has the right one, too', async () => {
    const f = exp(
      (_, y) => [tf.reshape(y, [1, 1])],
      ([y]) => tf.reshape(y!, []),
    );
    expect(await read(tf.grad(tf.grad(f))(x()))).toBeCloseTo(Math.exp(X), 5);
  });

  it('that saves an intermediate result has a first derivative, and refuses a second', async () => {
    const f = exp(
      (x) => [tf.exp(x)],
      ([y]) => y!,
    );
    expect(await read(tf.grad(f)(x()))).toBeCloseTo(Math.exp(X), 5);
    expect(() => tf.grad(tf.grad(f))(x())).toThrow(/second derivative .* intermediate result/);
    const crossEntropy = (logits: tf.Tensor) => tf.losses.softmaxCrossEntropy(tf.tensor2d([[0, 1]]), logits);
    const logits = tf.tensor2d([[0.3, -0.2]]);
    expect(() => tf.grad((a: tf.Tensor) => tf.sum(tf.grad(crossEntropy)(a)))(logits)).toThrow('softmaxCrossEntropy');
  });

  it('may save what was computed outside', async () => {
    const scale = tf.scalar(3);
    // 3 x^2 z at z = x, where only z is declared to be differentiated.
    const f = (x: tf.Tensor) => {
      const square = tf.square(x);
      return tf.customGrad((z, save) => {
        (save as tf.GradSaveFunc)([square, scale]);
        const value = tf.mul(tf.mul(square, scale), z as tf.Tensor);
        return { value, gradFunc: (dy, [a, b]) => tf.mul(dy, tf.mul(a!, b!)) };
      })(x);
    };
    expect(await read(tf.grad(f)(x()))).toBeCloseTo(3 * X * X, 5);
    expect(await read(tf.grad(tf.grad(f))(x()))).toBeCloseTo(6 * X, 5);
  });
});

describe('third derivatives of fused operations', () => {
  const normal = (shape: number[], seed: number) =>
    tf.tensor(new Rng(seed).normal(tf.util.sizeFromShape(shape)), shape);
  it.each<[string, number[], (x: tf.Tensor) => tf.Tensor]>([
    ['silu', [6], silu],
    ['attention', [1, 3, 2], (x) => attention(x as tf.Tensor3D, tf.sin(x) as tf.Tensor3D, tf.square(x) as tf.Tensor3D)],
    [
      'groupNorm',
      [1, 2, 2, 4],
      (x) => groupNorm(x as tf.Tensor4D, tf.ones([4]), tf.zeros([4]), { groups: 2, epsilon: 0.1, silu: true }),
    ],
    ['downsample2x', [1, 4, 4, 1], (x) => tf.square(downsample2x(tf.exp(x) as tf.Tensor4D))],
  ])('%s', async (_, shape, f) => {
    const [x, v] = [normal(shape, 1), normal(shape, 2)];
    const weight = normal(f(x).shape, 3);
    const second = (x: tf.Tensor) => {
      const slope = (x: tf.Tensor) => tf.sum(tf.mul(tf.grad((x) => tf.mul(f(x), weight))(x), v));
      return tf.grad(slope)(x);
    };
    const third = jvp(second, x, v).tangent;
    const error = relativeError(
      [third],
      centralDifference(([x]) => [second(x!)], [x], [v]),
      [v],
    );
    expect((await error.data())[0]).toBeLessThan(5e-3);
  });
});

describe('what has no second derivative', () => {
  const volume = () => tf.ones([1, 2, 2, 2, 1]) as tf.Tensor5D;
  it.each<[RegExp, () => tf.Tensor, (x: tf.Tensor) => tf.Tensor]>([
    [/Conv3D/, volume, (x) => tf.conv3d(x as tf.Tensor5D, tf.ones([2, 2, 2, 1, 1]), 1, 'valid')],
    [/AvgPool3D/, volume, (x) => tf.avgPool3d(x as tf.Tensor5D, 2, 1, 'valid')],
    [/LRN/, () => tf.ones([1, 2, 2, 3]), (x) => tf.localResponseNormalization(x as tf.Tensor4D)],
    [/Dilation2D/, () => tf.ones([1, 3, 3, 1]), (x) => tf.dilation2d(x as tf.Tensor4D, tf.ones([2, 2, 1]), 1, 'valid')],
  ])('throws with the name of the kernel: %s', (name, input, f) => {
    const first = tf.grad((x: tf.Tensor) => tf.sum(tf.square(f(tf.square(x)))));
    expect(() => tf.grad((x: tf.Tensor) => tf.sum(first(x)))(input())).toThrow(name);
  });

  it('a version of tfjs without the tape is named', async () => {
    expect(() => orderTape({} as ReturnType<typeof tf.engine>)).toThrow('install @tensorflow/tfjs-core@4.22.0');
  });
});
