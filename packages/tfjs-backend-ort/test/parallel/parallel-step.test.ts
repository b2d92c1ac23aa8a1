import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CompanionThread } from '../../src/plan/parallel/companion-thread.js';
import { configure } from '../../src/index.js';
import type { OrtBackend } from '../../src/index.js';
import { restartOrt, tf, values } from '../support.js';

const HALF = 8;
const SHAPES = [
  [3, 3, 4, 16],
  [3, 3, 16, 16],
  [3, 3, 16, 4],
] as const;

let ort: OrtBackend;

beforeEach(async () => {
  configure({ threads: 2 });
  ort = await restartOrt();
});

afterEach(() => {
  vi.restoreAllMocks();
  configure({ threads: 1 });
});

/** `scale` belongs to both halves. */
type Inputs = { halves: { x: tf.Tensor4D }[]; scale: tf.Scalar };

/** Two small networks, of which the second one learns from the first one right after that has learned: two stages. */
class Networks {
  readonly weights = [0, 1].map((n) =>
    SHAPES.map((shape, i) =>
      tf.tidy(() => tf.variable(tf.mul(tf.tensor(values(size(shape), 10 * n + i), [...shape]), 0.2))),
    ),
  );

  /** A step of gradient descent of both. @param marks whether the engine is told of the halves */
  step(marks: boolean) {
    return ({ halves, scale }: Inputs) => {
      if (marks) halves.forEach(({ x }, part) => [x, scale].forEach((tensor) => ort.setPart(tensor, part)));
      const first = this.descend(0, halves, scale, (y, x) => tf.sub(y, x));
      const second = this.descend(1, halves, scale, (y, x) => tf.sub(y, this.apply(0, x)));
      return { losses: tf.stack([first, second]) };
    };
  }

  private descend(
    n: number,
    halves: Inputs['halves'],
    scale: tf.Scalar,
    error: (y: tf.Tensor, x: tf.Tensor4D) => tf.Tensor,
  ): tf.Tensor {
    const variables = this.weights[n]!;
    const parts = halves.map(({ x }) =>
      tf.variableGrads(() => tf.mul(tf.sum(tf.square(error(this.apply(n, x), x))), scale) as tf.Scalar, variables),
    );
    const [a, b] = parts as [(typeof parts)[0], (typeof parts)[0]];
    for (const variable of variables) {
      const sum = tf.add(a.grads[variable.name]!, b.grads[variable.name]!);
      variable.assign(tf.sub(variable, tf.mul(sum, 1e-5)));
    }
    return tf.add(a.value, b.value);
  }

  private apply(n: number, x: tf.Tensor4D): tf.Tensor4D {
    const [a, b, c] = this.weights[n] as [tf.Variable, tf.Variable, tf.Variable] as unknown as tf.Tensor4D[];
    const hidden = tf.sigmoid(tf.conv2d(tf.tanh(tf.conv2d(x, a!, 1, 'same')), b!, 1, 'same'));
    return tf.conv2d(hidden as tf.Tensor4D, c!, 1, 'same') as tf.Tensor4D;
  }

  read(): number[] {
    return this.weights.flat().flatMap((variable) => [...variable.dataSync()]);
  }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

/** Trains for some steps, on other images in each. */
async function train(marks: boolean, steps = 5): Promise<number[]> {
  ort = await restartOrt();
  const networks = new Networks();
  const step = ort.replayable(networks.step(marks));
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const shape: [number, number, number, number] = [HALF, 16, 16, 4];
    const scale = tf.scalar(1 + i);
    const halves = [0, 1].map((half) => ({ x: tf.tensor4d(values(size(shape), 2 * i + half), shape) }));
    const result = step({ halves, scale });
    losses.push(...result.losses.dataSync());
    tf.dispose([result.losses, scale, halves.map(({ x }) => x)]);
  }
  return [...losses, ...networks.read()];
}

describe('a training step on two halves of a batch', () => {
  it('is computed in two threads, with the same bits as in one', async () => {
    const runs = vi.spyOn(CompanionThread.prototype, 'run');
    const expected = await train(false);
    expect(runs).not.toHaveBeenCalled();
    expect(await train(true)).toEqual(expected);
    // Two stages in each of five steps.
    expect(runs.mock.calls.map(([, piece]) => piece)).toEqual([0, 1, 0, 1, 0, 1, 0, 1, 0, 1]);
    expect(ort.counters().replays).toBe(3);
  });

  it('has one part with one thread, and none of its own on a GPU', async () => {
    expect(ort.parallelParts).toBe(2);
    configure({ threads: 1 });
    expect((await restartOrt()).parallelParts).toBe(1);
  });

  it('says what failed in the other thread, and goes on', () => {
    const thread = CompanionThread.get();
    const id = thread.load(new Uint8Array(8), {}, { inputs: [], outputs: [[]] });
    expect(() => thread.settle()).toThrow(/model|protobuf/i);
    const buffers = { inputs: new ArrayBuffer(8), outputs: new ArrayBuffer(16) };
    thread.run(id, 0, buffers);
    const answer = thread.finish();
    expect(answer.error).toBeDefined();
    // The buffers come back from a run that failed.
    expect([answer.buffers.inputs, answer.buffers.outputs].map(({ byteLength }) => byteLength)).toEqual([8, 16]);
    thread.dispose(id);
  });
});
