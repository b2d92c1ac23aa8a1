import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import { compileStep, drawTensor } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

/** A step that adds its input and new random numbers to a variable. */
function makeStep(seed: number) {
  const rng = new Rng(seed);
  const variable = tf.variable(tf.zeros([3]));
  const step = ({ x }: { x: tf.Tensor1D }) => {
    variable.assign(
      tf.add(
        variable,
        tf.add(
          x,
          drawTensor(() => rng.normal(3), [3]),
        ),
      ),
    );
    return { total: tf.sum(variable) };
  };
  return { variable, step };
}

describe('compileStep', () => {
  it('computes what the step does, with new inputs and random numbers in every run', async () => {
    const [compiled, plain] = [makeStep(1), makeStep(1)];
    const run = compileStep(compiled.step);
    for (let i = 0; i < 8; i++) {
      const x = tf.tensor1d([i, 2, -i]);
      const { total } = run({ x });
      const expected = tf.tidy(() => plain.step({ x })).total;
      expect((await total.data())[0]).toBeCloseTo((await expected.data())[0]!, 4);
      tf.dispose([x, total, expected]);
    }
    const [a, b] = [await compiled.variable.data(), await plain.variable.data()];
    a.forEach((value, i) => expect(value).toBeCloseTo(b[i]!, 4));
    tf.dispose([compiled.variable, plain.variable]);
  });

  it('leaves only the results of the step behind', async () => {
    const { variable, step } = makeStep(1);
    const run = compileStep(step);
    const x = tf.tensor1d([1, 2, 3]);
    const runOnce = async () => {
      const { total } = run({ x });
      await total.data();
      total.dispose();
    };
    for (let i = 0; i < 4; i++) await runOnce();
    const { numTensors } = tf.memory();
    for (let i = 0; i < 4; i++) await runOnce();
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.dispose([x, variable]);
  });
});
