import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import {
  defaultsOf,
  GaussianDenoiser,
  LabelPrior,
  NetworkGenerator,
  type TrainableGenerator,
} from '@onestep/diffusion-core';
import { drawLogNormalSigmas, SCORE_OPTIONS, type ScoreOptions, type ScoreStep } from '@onestep/score-distillation';
import { ScoreDraws } from '../src/draws.js';

const OPTIONS = { ...defaultsOf(SCORE_OPTIONS), batch: 100, seed: 7 };
const noLoss = () => {
  throw new Error('Nothing is computed while drawing.');
};
const STEP: ScoreStep<ScoreOptions> = {
  name: 'test',
  fakeScore: { sigmas: drawLogNormalSigmas, loss: noLoss, stats: () => ({}) },
  generator: { sigmas: (rng, n) => Float32Array.from(rng.uniform(n)), loss: noLoss, stats: () => ({}) },
};
/** Three classes, latents of 5 numbers, images of 4. */
const GENERATOR = {
  imgResolution: 2,
  imgChannels: 1,
  labelDim: 3,
  sampleLatents: (rng: { normal(n: number): Float32Array }, n: number) => ({ shape: [n, 5], data: rng.normal(5 * n) }),
} as unknown as TrainableGenerator;
const NETWORKS = { generator: GENERATOR, prior: new LabelPrior(GENERATOR) };
const draws = (step = STEP, options = OPTIONS) => new ScoreDraws(step, NETWORKS, options, null);

describe('ScoreDraws', () => {
  it('draws fresh numbers in each iteration, and the same after a restart', () => {
    const random = draws();
    const first = random.next();
    expect(first.fakeScore.z.length).toBe(500);
    expect(first.fakeScore.noise.length).toBe(400);
    expect(first.generator.z).not.toEqual(first.fakeScore.z);
    expect(first.generator.classes).not.toEqual(first.fakeScore.classes);
    const state = random.state();
    const second = random.next();
    expect(second.fakeScore.z).not.toEqual(first.fakeScore.z);
    const restarted = draws(STEP, { ...OPTIONS, seed: 0 });
    restarted.restore(JSON.parse(JSON.stringify(state)) as typeof state);
    expect(restarted.next()).toEqual(second);
  });

  it('gives both phases the same labels if the method shares them', () => {
    const { fakeScore, generator } = draws({ ...STEP, generator: { ...STEP.generator, labels: 'shared' } }).next();
    expect(generator.classes).toEqual(fakeScore.classes);
  });

  it('draws what a phase adds from streams of their own', () => {
    const gan = { shape: () => [2], draw: (rng: { normal(n: number): Float32Array }, n: number) => rng.normal(2 * n) };
    const added = draws({ ...STEP, generator: { ...STEP.generator, draws: { gan } } });
    const { fakeScore, generator } = added.next();
    expect(generator.further.gan!.length).toBe(200);
    expect(fakeScore.further).toEqual({});
    const { generator: plain } = draws().next();
    expect({ ...generator, further: {} }).toEqual(plain);
    expect(Object.keys(added.state())).toContain('gan');
  });

  it('draws latents of the kind that the generator takes', () => {
    const denoiser = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 1 });
    const generator = new NetworkGenerator(denoiser, 1);
    const { fakeScore } = new ScoreDraws(STEP, { generator, prior: new LabelPrior(generator) }, OPTIONS, null).next();
    expect(fakeScore.z.length).toBe(400);
    expect(fakeScore.classes.length).toBe(0);
  });
});
