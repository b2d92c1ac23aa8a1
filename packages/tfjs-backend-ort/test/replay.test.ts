import { beforeEach, describe, expect, it } from 'vitest';
import { configure, type OrtBackend } from '../src/index.js';
import { pattern, restartOrt, tf, values } from './support.js';

let ort: OrtBackend;
beforeEach(async () => {
  ort = await restartOrt();
});

type Rank2 = tf.Tensor2D;

/** Linear regression on y = 3 x, with momentum: two variables, of which a step changes both. */
function regression(seed: number) {
  const weights = tf.variable(tf.mul(pattern<tf.Rank.R2>([4, 4], seed), 0.5));
  const momentum = tf.variable(tf.zeros([4, 4]));
  const step = ({ x, rate }: { x: Rank2; rate: tf.Scalar }) => {
    const { value, grads } = tf.variableGrads(
      () => tf.mean(tf.squaredDifference(tf.matMul(x, weights as unknown as Rank2), tf.mul(x, 3))) as tf.Scalar,
      [weights],
    );
    momentum.assign(tf.add(tf.mul(momentum, 0.9), grads[weights.name]!));
    weights.assign(tf.sub(weights, tf.mul(rate, momentum)));
    return { loss: value };
  };
  return { weights, momentum, step };
}

const rate = (i: number) => 0.2 / (1 + i);

/** Losses and weights of some steps with a decreasing rate. */
function run(
  { weights, momentum }: ReturnType<typeof regression>,
  step: ReturnType<typeof regression>['step'],
  between: (i: number, weights: tf.Variable) => void = () => undefined,
): number[][] {
  const seen: number[][] = [];
  for (let i = 0; i < 8; i++) {
    const loss = tf.tidy(() => step({ x: pattern<tf.Rank.R2>([5, 4], 10 + i), rate: tf.scalar(rate(i)) }).loss);
    seen.push([...loss.dataSync()]);
    loss.dispose();
    between(i, weights);
  }
  seen.push([...weights.dataSync()], [...momentum.dataSync()]);
  tf.dispose([weights, momentum]);
  return seen;
}

/** Losses and weights of the same steps, recorded every time. */
function recorded(between?: (i: number, weights: tf.Variable) => void): number[][] {
  const model = regression(1);
  return run(model, (inputs) => tf.tidy(() => model.step(inputs)), between);
}

function replayed(between?: (i: number, weights: tf.Variable) => void): number[][] {
  const model = regression(1);
  return run(model, ort.replayable(model.step), between);
}

describe('a replayed step', () => {
  it('has the same bits as a recorded one, and records nothing', () => {
    const expected = recorded();
    const before = ort.counters();
    const nodes: number[] = [];
    expect(replayed(() => nodes.push(ort.counters().nodes))).toEqual(expected);
    expect(ort.counters().replays - before.replays).toBeGreaterThanOrEqual(5);
    expect(nodes[7]).toBe(nodes[2]);
    expect(ort.counters().compiles).toBeLessThanOrEqual(before.compiles + 1);
  });

  it('keeps the number of tensors and bytes constant', () => {
    const memory: string[] = [];
    replayed(() => {
      const { numTensors, numBytes, numDataBuffers } = tf.memory();
      memory.push([numTensors, numBytes, numDataBuffers].join());
    });
    expect(new Set(memory.slice(2)).size).toBe(1);
  });

  it('sees what is assigned to its variables between the calls', () => {
    const between = (i: number, weights: tf.Variable) => {
      if (i === 5) tf.tidy(() => weights.assign(tf.mul(weights, 0.5)));
      if (i === 6) tf.tidy(() => weights.assign(pattern([4, 4], 99)));
    };
    expect(replayed(between)).toEqual(recorded(between));
    expect(ort.counters().replays).toBeGreaterThanOrEqual(5);
  });

  it('does not change a copy of a variable', () => {
    const kept: number[][][] = [[], []];
    const between = (into: number[][]) => {
      let copy: tf.Tensor | null = null;
      return (i: number, weights: tf.Variable) => {
        if (copy) into.push([...copy.dataSync()]);
        copy?.dispose();
        copy = i >= 3 && i < 7 ? weights.clone() : null;
      };
    };
    expect(replayed(between(kept[0]!))).toEqual(recorded(between(kept[1]!)));
    expect(kept[0]).toEqual(kept[1]);
    expect(ort.counters().notReplayed).toHaveProperty(['a variable shares its values with a tensor']);
  });

  it('works with an optimizer of tfjs, which creates its variables in the first step', () => {
    const losses = [false, true].map((replay) => {
      const weights = tf.variable(pattern([4, 4], 1));
      const optimizer = tf.train.adam(0.05);
      const step = ({ x }: { x: tf.Tensor }) => ({
        loss: optimizer.minimize(() => tf.mean(tf.square(tf.sub(x, weights))) as tf.Scalar, true, [weights])!,
      });
      const call = replay ? ort.replayable(step) : (inputs: { x: tf.Tensor }) => tf.tidy(() => step(inputs));
      const seen = Array.from({ length: 8 }, (_, i) => {
        const loss = tf.tidy(() => call({ x: pattern([4, 4], 20 + i) }).loss);
        return [...loss.dataSync(), tf.dispose(loss)];
      });
      seen.push([...weights.dataSync()]);
      optimizer.dispose();
      weights.dispose();
      return seen;
    });
    expect(losses[1]).toEqual(losses[0]);
    expect(ort.counters().replays).toBeGreaterThanOrEqual(4);
  });

  it('draws new values in every replay', () => {
    const draws = (replay: boolean) => {
      let drawn = 0;
      const step = ({ x }: { x: tf.Tensor }) => {
        // At first all the same: without redrawn() they would become part of the graph.
        const draw = () => (++drawn < 3 ? new Float32Array(2048) : values(2048, drawn));
        const mask = tf.tensor(draw(), [2048]);
        ort.redrawn(mask, draw);
        return { y: tf.mul(x, mask) };
      };
      const call = replay ? ort.replayable(step) : step;
      const x = pattern([2048], 50);
      const seen = Array.from({ length: 6 }, () => tf.tidy(() => [...call({ x }).y.dataSync()]));
      x.dispose();
      return seen;
    };
    expect(draws(true)).toEqual(draws(false));
    expect(ort.counters().replays).toBe(4);
  });

  it('has one recording per shape of its inputs', () => {
    const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ sum: tf.sum(tf.exp(x)), x2: tf.square(x) }));
    for (let i = 0; i < 8; i++) {
      const size = 3 + (i % 2);
      tf.tidy(() => {
        const x = pattern([size, 2], i);
        const { sum, x2 } = call({ x });
        expect(x2.shape).toEqual([size, 2]);
        expect([...x2.dataSync()]).toEqual([...tf.square(x).dataSync()]);
        expect([...sum.dataSync()]).toEqual([...tf.sum(tf.exp(x)).dataSync()]);
      });
    }
    expect(ort.counters().replays).toBe(4);
  });

  it('accepts inputs in objects and arrays, optional inputs, and inputs that are all 0 or all 1', () => {
    interface Inputs {
      rounds: { x: tf.Tensor; labels?: tf.Tensor }[];
    }
    const step = ({ rounds }: Inputs) => ({
      sum: tf.addN(rounds.map(({ x, labels }) => (labels ? tf.add(tf.exp(x), labels) : tf.exp(x)))),
    });
    const call = ort.replayable(step);
    const big = (i: number) => [tf.zeros([2048]), tf.ones([2048]), pattern([2048], i)][i % 3]!;
    for (let i = 0; i < 12; i++) {
      tf.tidy(() => {
        const inputs = {
          rounds: [
            { x: big(i), labels: big(i + 1) },
            { x: big(i + 2), labels: undefined },
          ],
        };
        expect([...call(inputs).sum.dataSync()]).toEqual([...step(inputs).sum.dataSync()]);
      });
    }
  });

  it('keeps its results when it is called again', () => {
    const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ y: tf.mul(x, 2) }));
    const results = Array.from({ length: 5 }, (_, i) => call({ x: tf.scalar(i) }).y);
    expect(results.map((y) => y.dataSync()[0])).toEqual([0, 2, 4, 6, 8]);
    expect(ort.counters().replays).toBe(3);
  });

  it('accepts inputs that have not been computed yet, and its results can be used at once', () => {
    const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ y: tf.add(x, 1) }));
    for (let i = 0; i < 5; i++) {
      tf.tidy(() => {
        expect(tf.mul(call({ x: tf.mul(tf.scalar(i), 3) }).y, 2).dataSync()[0]).toBe(6 * i + 2);
      });
    }
  });
});

describe('a step that cannot be replayed is recorded every time, with the same results', () => {
  it.each<[string, string, () => (inputs: { x: tf.Tensor }) => { y: tf.Tensor }]>([
    [
      'a number of its own changes',
      'it is new, or differs from the last time',
      () => {
        let i = 0;
        return ({ x }) => ({ y: tf.mul(x, tf.scalar(++i)) });
      },
    ],
    [
      'it reads a tensor',
      'it reads tensors, or is too long',
      () =>
        ({ x }) => ({ y: tf.mul(x, tf.exp(x).dataSync()[0]!) }),
    ],
    [
      'its result is its input',
      'its result y is not computed by it',
      () =>
        ({ x }) => ({ y: tf.clone(x), z: tf.exp(x) }),
    ],
    [
      'it computes nothing',
      'it computes nothing',
      () =>
        ({ x }) => ({ y: tf.clone(x) }),
    ],
    [
      'it keeps a tensor',
      'it keeps a tensor besides its results and variables',
      () =>
        ({ x }) => ({ y: tf.exp(tf.keep(tf.square(x))) }),
    ],
  ])('%s', (_name, reason, make) => {
    const [expected, actual] = [make(), ort.replayable(make())];
    for (let i = 0; i < 5; i++) {
      const run = (step: typeof expected) => tf.tidy(() => [...step({ x: pattern([3], i) }).y.dataSync()]);
      expect(run(actual)).toEqual(run(expected));
    }
    expect(ort.counters().replays).toBe(0);
    expect(ort.counters().notReplayed).toHaveProperty([reason]);
  });

  it('its gradients are computed', () => {
    const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ y: tf.sum(tf.square(x)) }));
    for (let i = 0; i < 4; i++) tf.tidy(() => call({ x: pattern([3], i) }).y.dataSync());
    const before = ort.counters().replays;
    const gradient = tf.tidy(() => [
      ...tf
        .grad((x) => call({ x }).y)(tf.tensor([1, 2, 3]))
        .dataSync(),
    ]);
    expect(gradient).toEqual([2, 4, 6]);
    expect(ort.counters().replays).toBe(before);
  });

  it('its compiled graph was removed from the cache', async () => {
    configure({ maxPlans: 1 });
    try {
      ort = await restartOrt();
      const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ y: tf.exp(x) }));
      for (let i = 0; i < 6; i++) {
        tf.tidy(() => {
          const x = pattern([3], i);
          const y = call({ x }).y.dataSync();
          expect([...tf.exp(x).dataSync()]).toEqual([...y]);
          tf.square(x).dataSync();
        });
      }
      expect(ort.counters().replays).toBe(0);
    } finally {
      configure({ maxPlans: undefined });
    }
  });

  it('one of its variables is disposed of: the usual error', () => {
    const weights = tf.tidy(() => tf.variable(pattern([3], 1)));
    const call = ort.replayable(({ x }: { x: tf.Tensor }) => ({ y: tf.mul(x, weights) }));
    const x = pattern([3], 2);
    for (let i = 0; i < 3; i++) tf.dispose(call({ x }));
    expect(ort.counters().replays).toBe(1);
    weights.dispose();
    expect(() => call({ x })).toThrow();
    x.dispose();
  });
});

it('a number among the inputs of a replayable step is an error', () => {
  const call = ort.replayable(({ x, rate }: { x: tf.Tensor; rate: number }) => ({ y: tf.mul(x, rate) }));
  expect(() => call({ x: tf.scalar(1), rate: 0.1 })).toThrow(
    'The input rate of a replayable step is a number. Inputs must be tensors, or objects and arrays of tensors',
  );
});
