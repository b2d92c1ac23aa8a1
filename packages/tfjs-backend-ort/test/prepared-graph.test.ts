import { beforeEach, describe, expect, it } from 'vitest';
import type { HostContents, NumericValue } from '../src/ir/value.js';
import type { OnnxGraph } from '../src/onnx/model.js';
import type { Feed } from '../src/plan/baked-graph.js';
import { PreparedGraph } from '../src/plan/prepared-graph.js';
import { wrap } from '../src/runtime/binding.js';
import { restartOrt, tf, values } from './support.js';

/** More runs than it takes until the weights are prepared. */
const RUNS = 70;
/** The same until they are constants of the graph. */
const RUNS_UNTIL_BAKED = 140;

beforeEach(async () => {
  await restartOrt();
});

type Weights = [tf.Tensor4D, tf.Tensor4D, tf.Tensor1D];

const SHAPES = [[3, 3, 16, 32], [3, 3, 32, 16], [16]] as const;

/** Weights of {@link evaluate}; each call has other values. */
const weightsOf = (seed: number) =>
  SHAPES.map((shape, i) => {
    const size = shape.reduce<number>((a, b) => a * b, 1);
    return tf.tidy(() => tf.variable(tf.tensor(values(size, seed + i), [...shape])));
  }) as tf.Variable[] as unknown as Weights;

/** Two convolutions of a picture of 8x8, whose weights have to be brought into the engine's layout. */
function evaluate([a, b, bias]: Weights, seed: number): Float32Array {
  const y = tf.tidy(() => {
    const x = tf.tensor4d(values(8 * 8 * 16, seed), [1, 8, 8, 16]);
    return tf.add(tf.conv2d(tf.relu(tf.conv2d(x, a, 1, 'same')), b, 1, 'same'), bias);
  });
  const result = y.dataSync<'float32'>().slice();
  y.dispose();
  return result;
}

const evaluateOften = (weights: Weights, runs: number) => {
  for (let i = 0; i < runs; i++) evaluate(weights, i % 5);
};
const planBytes = () => (tf.memory() as unknown as { planBytes: number }).planBytes;

describe.each([
  ['prepared once', RUNS],
  ['constants of the graph at last', RUNS_UNTIL_BAKED],
])('weights that stay the same are %s', (_, runs) => {
  it('and results have the same bits', () => {
    const weights = weightsOf(1);
    const before = [0, 1, 2, 3, 4].map((seed) => evaluate(weights, seed));
    const bytes = planBytes();
    evaluateOften(weights, runs);
    expect(planBytes()).toBeGreaterThan(bytes);
    before.forEach((expected, seed) => expect(evaluate(weights, seed)).toEqual(expected));
  });

  it('and again when they have changed', () => {
    const [weights, others] = [weightsOf(1), weightsOf(7)];
    const [expected, ofOthers] = [evaluate(weights, 3), evaluate(others, 3)];
    evaluateOften(weights, runs);
    expect(evaluate(others, 3)).toEqual(ofOthers);
    expect(evaluate(weights, 3)).toEqual(expected);
    weights.forEach((weight, i) => (weight as unknown as tf.Variable).assign(others[i]!));
    expect(evaluate(weights, 3)).toEqual(ofOthers);
  });

  it('also when a replayed step has changed them in place', async () => {
    const ort = await restartOrt();
    const weights = weightsOf(1);
    const step = ort.replayable(({ rate }: { rate: tf.Scalar }) => {
      for (const weight of weights as unknown as tf.Variable[])
        weight.assign(tf.sub(weight, tf.mul(tf.sin(weight), rate)));
      return { sum: tf.sum(weights[2]) };
    });
    const train = () => tf.tidy(() => step({ rate: tf.scalar(0.1) }).sum.dataSync());
    for (let i = 0; i < 4; i++) train();
    expect(ort.counters().replays).toBeGreaterThan(0);
    evaluateOften(weights, runs);
    for (let i = 0; i < 2; i++) {
      train();
      const copies = weights.map((weight) => tf.tensor(weight.dataSync().slice(), weight.shape)) as unknown as Weights;
      expect(evaluate(weights, 3)).toEqual(evaluate(copies, 3));
    }
  });

  it('and are forgotten with the weights, when the next graph is compiled', () => {
    const weights = weightsOf(1);
    evaluate(weights, 0);
    const bytes = planBytes();
    evaluateOften(weights, runs);
    weights.forEach((weight) => weight.dispose());
    tf.tidy(() => tf.cos(tf.tensor1d([1, 2, 3])).dataSync());
    expect(planBytes()).toBeLessThan(bytes + 1000);
    const again = weightsOf(1);
    expect(evaluate(again, 0)).toEqual(evaluate(again, 0));
  });
});

it('what depends on constants alone is prepared, too', () => {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: [4] });
  const node = (op: string, inputs: string[], output: string) => ({
    op,
    domain: '',
    inputs,
    outputs: [output],
    attributes: {},
  });
  const graph: OnnxGraph = {
    nodes: [node('Mul', ['c', 'c'], 'squares'), node('Neg', ['squares'], 'n'), node('Add', ['n', 'i0'], 'y')],
    initializers: [{ ...info('c'), data: new Uint8Array(Float32Array.from([1, 2, 3, 4]).buffer) }],
    inputs: [info('i0')],
    outputs: [info('y')],
  };
  const prepared = new PreparedGraph(graph, (name) => ({ info: info(name), bytes: 16 }), ['i0'], { threads: 1 });
  const use = (k: number) => {
    const leaf = { contents: { kind: 'host', data: Float32Array.of(k, k, k, k), isPooled: false, feed: null } };
    const feed: Feed = ({ contents }) => wrap('float32', (contents as HostContents).data, [4]);
    return prepared.use([leaf as unknown as NumericValue], feed);
  };
  let run = 0;
  for (const end of [RUNS, RUNS_UNTIL_BAKED]) {
    while (++run < end) use(run);
    const { session, feeds } = use(100)!;
    const y = new Float32Array(4);
    session.run(feeds, { y: wrap('float32', y, [4]) });
    expect([...y]).toEqual([99, 96, 91, 84]);
  }
  prepared.dispose();
});

it('weights that are constants of the graph are no longer passed', async () => {
  const weights = weightsOf(1);
  evaluate(weights, 0);
  const bytes = planBytes();
  evaluateOften(weights, RUNS_UNTIL_BAKED);
  const bakedBytes = planBytes() - bytes;
  // The blocked weights of both convolutions, and the bias.
  expect(bakedBytes).toBe(4 * (2 * 9 * 16 * 32 + 16));
  const others = weightsOf(7);
  const expected = evaluate(others, 3);
  (weights as unknown as tf.Variable[]).forEach((weight, i) => weight.assign(others[i]!));
  expect(evaluate(weights, 3)).toEqual(expected);
  expect(planBytes() - bytes).toBeLessThan(bakedBytes);
  evaluateOften(weights, RUNS_UNTIL_BAKED);
  expect(planBytes() - bytes).toBe(bakedBytes);
  expect(evaluate(weights, 3)).toEqual(expected);
});

it('a graph whose weights are a small part of its work stays whole', () => {
  const scale = tf.variable(tf.tensor1d(values(16, 1)));
  const apply = () =>
    tf.tidy(
      () => tf.sum(tf.sin(tf.mul(tf.tensor2d(values(64 * 16, 2), [64, 16]), tf.sqrt(tf.abs(scale))))).dataSync()[0],
    );
  const expected = apply();
  const bytes = planBytes();
  for (let i = 0; i < RUNS; i++) expect(apply()).toBe(expected);
  expect(planBytes()).toBe(bytes);
});
