import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { StepLevels } from '../src/noise/step-levels.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** The levels of Ho et al. 2020: beta rises from 1e-4 to 0.02 in 1000 steps. */
const LEVELS: number[] = [];
for (let t = 0, alphaBar = 1; t < 1000; t++) {
  alphaBar *= 1 - (1e-4 + (0.02 - 1e-4) * (t / 999));
  LEVELS.push(Math.sqrt((1 - alphaBar) / alphaBar));
}

it('steps between those of a schedule are linear in ln sigma', () => {
  const levels = new StepLevels(LEVELS);
  const sigma = tf.tensor1d([0, 0.001, LEVELS[0]!, 1, 2.5, 24.41, 80, LEVELS[999]!, 1e5]);
  const [expected, steps] = [[0, 0, 0, 258.09, 439.82, 793.44, 929.62, 999, 999], levels.interpolate(sigma).dataSync()];
  expected.forEach((t, i) => expect(Math.abs(steps[i]! - t), `sigma ${i}`).toBeLessThan(6e-3));
  expect([...levels.nearest(sigma).dataSync()]).toEqual([0, 0, 0, 258, 440, 793, 930, 999, 999]);
});

it('the nearest level is the nearest in ln sigma, on the host as on the engine', () => {
  const levels = new StepLevels([1, 10]);
  // 4 is nearer to 1 in sigma, and nearer to 10 in ln sigma.
  expect([0.1, 3, 4, 50].map((sigma) => levels.round(sigma))).toEqual([1, 1, 10, 10]);
  expect([...levels.nearest(tf.tensor1d([0.1, 3, 4, 50])).dataSync()]).toEqual([0, 0, 1, 1]);
});

it('refuses levels that do not rise', () => {
  expect(() => new StepLevels([1, 2, 2])).toThrow(/step 2 is not above/);
  expect(() => new StepLevels([1])).toThrow(RangeError);
});
