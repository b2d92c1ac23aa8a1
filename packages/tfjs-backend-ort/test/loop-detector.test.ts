import { describe, expect, it } from 'vitest';
import { pattern, restartOrt, tf } from './support.js';

/** A classifier with a number of equal layers, trained with tfjs's own Adam. */
class Classifier {
  readonly weights: tf.Variable[];
  private readonly optimizer = tf.train.adam(0.01);

  constructor(layers: number) {
    const layer = (i: number) => [tf.mul(pattern([8, 8], i), 0.5), pattern([8], 100 + i)];
    this.weights = Array.from({ length: layers }, (_, i) => tf.tidy(() => layer(i).map((w) => tf.variable(w)))).flat();
  }

  step(x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar {
    const loss = () => {
      let h: tf.Tensor = x;
      for (let i = 0; i < this.weights.length; i += 2) {
        h = tf.relu(
          tf.add(tf.matMul(h as tf.Tensor2D, this.weights[i] as unknown as tf.Tensor2D), this.weights[i + 1]!),
        );
      }
      return tf.mean(tf.squaredDifference(h, y)) as tf.Scalar;
    };
    return this.optimizer.minimize(loss, true, this.weights)!;
  }

  finish(): Float32Array[] {
    const result = this.weights.map((w) => w.dataSync<'float32'>());
    this.optimizer.dispose();
    tf.dispose(this.weights);
    return result;
  }
}

describe('a loop over slices of one tensor', () => {
  it.each([
    ['uploads', () => pattern<tf.Rank.R2>([80, 8])],
    ['results', () => tf.tidy(() => tf.exp(pattern<tf.Rank.R2>([80, 8])))],
    ['ones, which are constants of graphs', () => tf.ones<tf.Rank.R2>([200, 8])],
  ])('compiles as often for ten batches as for three: %s', async (_name, make) => {
    const ort = await restartOrt();
    const images = make();
    images.dataSync();
    const model = new Classifier(2);
    const compiles: number[] = [];
    for (let i = 0; i < 10; i++) {
      const loss = tf.tidy(() => {
        const x = tf.slice2d(images, [8 * i, 0], [8, 8]);
        return model.step(x, tf.slice2d(images, [8 * ((i + 3) % 10), 0], [8, 8]));
      });
      await loss.data();
      loss.dispose();
      compiles.push(ort.counters().compiles);
    }
    expect(compiles[9]).toBe(compiles[2]);
    model.finish();
    images.dispose();
  });

  it('slices on the host have the same values as slices in a graph', async () => {
    await restartOrt();
    const x = pattern([4, 5, 6]);
    const y = tf.add(x, 0);
    for (const [begin, size] of [
      [
        [1, 0, 0],
        [2, 5, 6],
      ],
      [
        [3, 2, 0],
        [1, 2, 6],
      ],
      [
        [1, 4, 3],
        [1, 1, 2],
      ],
      [
        [2, 1, 5],
        [1, 1, 1],
      ],
      [
        [1, 1, 0],
        [2, 2, 6],
      ],
      [
        [0, 0, 2],
        [4, 5, 2],
      ],
      [
        [2, 0, 0],
        [0, 5, 6],
      ],
      [
        [0, 0, 0],
        [4, 5, 6],
      ],
    ] as const) {
      const at = [[...begin], [...size]] as [number[], number[]];
      const within = tf.slice(y, ...at);
      expect([...tf.slice(x, ...at).dataSync()]).toEqual([...within.dataSync()]);
    }
    const bits = tf.tensor1d([0, 1, 1, 0], 'bool');
    const piece = tf.slice1d(bits, 1, 2);
    bits.dispose();
    expect([...piece.dataSync()]).toEqual([1, 1]);
  });
});

describe('a training loop that never reads', () => {
  const train = async (layers: number, steps: number, inTidy: boolean, read: boolean) => {
    const ort = await restartOrt();
    const model = new Classifier(layers);
    const losses: tf.Scalar[] = [];
    for (let i = 0; i < steps; i++) {
      const x = pattern<tf.Rank.R2>([4, 8], i);
      const y = pattern<tf.Rank.R2>([4, 8], 1000 + i);
      const loss = inTidy ? tf.tidy(() => model.step(x, y)) : model.step(x, y);
      tf.dispose([x, y]);
      if (read) loss.dataSync();
      // Some of the losses are kept.
      if (i % 10 === 0) losses.push(loss);
      else loss.dispose();
    }
    const { compiles, runs } = ort.counters();
    const results = { weights: model.finish(), losses: losses.map((loss) => loss.dataSync()[0]) };
    tf.dispose(losses);
    return { compiles, runs, results };
  };

  // Three graphs: the operations before the loop was detected, a step, and a step whose loss is kept.
  // The equal layers of a deep network are detected before its steps are, which takes two more.
  it.each([
    ['of a small network', 2, 300, true, 3],
    ['outside of tidy', 2, 300, false, 3],
    ['of a deep network, whose layers repeat too', 40, 30, true, 5],
  ] as const)(
    '%s: runs step by step, with few graphs and the same bits',
    async (_name, layers, steps, inTidy, graphs) => {
      const never = await train(layers, steps, inTidy, false);
      expect(never.compiles).toBeLessThanOrEqual(graphs);
      expect(never.runs).toBeGreaterThan(0.8 * steps);
      expect(never.results).toEqual((await train(layers, steps, inTidy, true)).results);
    },
  );

  it('runs step by step after any number of other loops', async () => {
    const ort = await restartOrt();
    const models = [2, 3, 4].map((layers) => new Classifier(layers));
    const [x, y] = [pattern<tf.Rank.R2>([4, 8], 1), pattern<tf.Rank.R2>([4, 8], 2)];
    const round = () => {
      const before = ort.counters();
      for (const model of models) {
        for (let i = 0; i < 60; i++) tf.tidy(() => void model.step(x, y));
        model.weights[0]!.dataSync();
      }
      const after = ort.counters();
      return { compiles: after.compiles - before.compiles, runs: after.runs - before.runs };
    };
    round();
    round();
    for (let i = 0; i < 3; i++) {
      const { compiles, runs } = round();
      expect(compiles).toBe(0);
      expect(runs).toBeGreaterThan(0.7 * 3 * 60);
    }
    for (const model of models) model.finish();
    tf.dispose([x, y]);
  });
});
