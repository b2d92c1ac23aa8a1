import { describe, expect, test } from 'vitest';
import { drawClasses, logNormalSigmas, RandomStreams } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';
import { ScoreDraws, type DrawSettings } from '../src/distillation/score-draws.js';

const SETTINGS: DrawSettings = {
  ...{ seed: 7, method: 'test', batch: 100, labelDim: 3, classProbabilities: null, augmentation: null },
  generator: {
    ...{ imgResolution: 2, imgChannels: 1, labelDim: 3 },
    generate: () => {
      throw new Error('Nothing is generated while drawing.');
    },
    sampleLatents: (rng, n) => ({ shape: [n, 5], data: rng.normal(5 * n) }),
  },
  sharedLabels: false,
  scoreSigmas: (rng, n) => logNormalSigmas(rng.normal(n)),
  generatorSigmas: (rng, n) => Float32Array.from(rng.uniform(n)),
};

describe('ScoreDraws', () => {
  test('draws fresh numbers for each step, the same after a restart', () => {
    const random = new ScoreDraws(SETTINGS);
    const first = random.next();
    expect(first.score.z.length).toBe(500);
    expect(first.score.noise.length).toBe(400);
    expect(first.generator.z).not.toEqual(first.score.z);
    expect(first.generator.classes).not.toEqual(first.score.classes);
    const state = random.state();
    const second = random.next();
    expect(second.score.z).not.toEqual(first.score.z);
    const restarted = new ScoreDraws({ ...SETTINGS, seed: 0 });
    restarted.restore(JSON.parse(JSON.stringify(state)) as typeof state);
    expect(restarted.next()).toEqual(second);
  });

  test('shows both steps the same labels if the method wants that', () => {
    const { score, generator } = new ScoreDraws({ ...SETTINGS, sharedLabels: true }).next();
    expect(generator.classes).toEqual(score.classes);
  });
});

test('classes are drawn uniformly, or as told', () => {
  const frequencies = (classes: Int32Array) => [0, 1, 2].map((c) => classes.filter((k) => k === c).length / 4000);
  frequencies(drawClasses(new Rng(1), 4000, 3, null)).forEach((f) => expect(f).toBeCloseTo(1 / 3, 1));
  const weighted = frequencies(drawClasses(new Rng(1), 4000, 3, [3, 0, 1]));
  weighted.forEach((f, c) => expect(Math.abs(f - [0.75, 0, 0.25][c]!)).toBeLessThan(0.03));
  expect(drawClasses(new Rng(1), 10, 0, null).length).toBe(0);
});

test('a state without one of the streams is refused and changes nothing', () => {
  const streams = new RandomStreams(3, 'test', ['a', 'b']);
  const { a } = streams.state();
  streams.get('a').bits(8);
  expect(() => streams.restore({ a })).toThrow('no random stream b');
  expect(streams.state().a).not.toEqual(a);
});
