import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  EmaSet,
  GaussianDenoiser,
  joinParts,
  readEmaRecord,
  recordedDecays,
  type EmaRecord,
  type EmaSetOptions,
} from '@onestep/diffusion-core';
import { addProfile } from '../src/ema/ema-profile.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const OPTIONS: EmaSetOptions = {
  batch: 100,
  seed: 3,
  emaHalfLifeKimg: [0.5, 0.2],
  emaRampUpRatio: 0.3,
  emaRel: [0.05, 0.1],
};
const network = () => new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0, std: 1 });
/** The weights after each step are known functions of the step. */
const weight = (step: number) => Math.cos(step) + step / 10;

/** Trains from step to step. */
function train(set: EmaSet<GaussianDenoiser>, source: GaussianDenoiser, from: number, to: number, batch = 100) {
  for (let step = from; step < to; step++) {
    for (const { variable } of source.module.parameters()) variable.assign(tf.fill(variable.shape, weight(step + 1)));
    tf.tidy(() => set.update(source, set.nextDecays(step * batch)));
  }
}
const values = (set: EmaSet<GaussianDenoiser>) =>
  set.networks.map(({ module }) => module.parameters().map(({ variable }) => [...variable.dataSync()]));
const save = async ({ module }: GaussianDenoiser) => ({ tensors: await module.stateDict(), metadata: {} });
const recordsOf = async (set: EmaSet<GaussianDenoiser>) => {
  const found = [(await set.snapshot(save)).metadata];
  for await (const { metadata } of set.furtherSnapshots(save)) found.push(metadata);
  return found.map(readEmaRecord);
};
const stateOf = async (set: EmaSet<GaussianDenoiser>) => ({
  tensors: joinParts(await set.stateDicts('ema')),
  values: JSON.parse(JSON.stringify(set.state())) as unknown,
});

describe('the EMAs of a training', () => {
  it('are the averages that their records say', async () => {
    const source = network();
    const set = new EmaSet(source, { ...OPTIONS, emaMu: [0.9, 0.5] });
    expect(set.names).toEqual(['mu0.9', 'mu0.5', 'rel0.05', 'rel0.1']);
    for (const { variable } of set.networks.flatMap(({ module }) => module.parameters()))
      variable.assign(tf.fill(variable.shape, weight(0)));
    train(set, source, 0, 25);
    for (const [i, record] of (await recordsOf(set)).entries()) {
      const { images, history } = record as EmaRecord;
      expect(images).toBe(2500);
      const profile = addProfile(new Float64Array(26), { decays: recordedDecays(history, images), steps: 25 });
      const average = profile.reduce((sum, share, step) => sum + share * weight(step), 0);
      for (const value of values(set)[i]!.flat()) expect(value).toBeCloseTo(average, 5);
    }
  });

  it('go on exactly from a state', async () => {
    const source = network();
    const whole = new EmaSet(source, OPTIONS);
    train(whole, source, 0, 7);
    const { tensors, values: state } = await stateOf(whole);
    train(whole, source, 7, 12);
    const resumed = new EmaSet(source, OPTIONS);
    resumed.restore(tensors, 'ema', state);
    train(resumed, source, 7, 12);
    expect(values(resumed)).toEqual(values(whole));
    expect(await stateOf(resumed)).toEqual(await stateOf(whole));
    expect(Object.keys(await whole.stateDicts('ema'))).toEqual(['ema', 'further_emas']);
  });

  it('start from the same length of another run, else from its first, and say so', async () => {
    const source = network();
    const before = new EmaSet(source, OPTIONS);
    train(before, source, 0, 6);
    const { tensors, values: state } = await stateOf(before);
    const after = new EmaSet(source, { ...OPTIONS, batch: 50, emaHalfLifeKimg: [0.2, 0.1], emaRel: 0.1 });
    after.restore(tensors, 'ema', state);
    expect(values(after)).toEqual([1, 0, 3].map((index) => values(before)[index]));
    train(after, source, 12, 14, 50);
    const [same, other] = (await recordsOf(after)) as EmaRecord[];
    const length = (halfLifeKimg: number) => ({ halfLifeKimg, rampUpRatio: 0.3 });
    const history = (first: number, second: number) => [
      { from: 0, batch: 100, length: length(first) },
      { from: 600, batch: 50, length: length(second) },
    ];
    expect(same).toEqual({ images: 700, seed: 3, history: history(0.2, 0.2) });
    expect(other).toEqual({ images: 700, seed: 3, history: history(0.5, 0.1) });
  });

  it('go on from a state of earlier versions, of one average with an unknown past', async () => {
    const source = network();
    const one = new EmaSet(source, { ...OPTIONS, emaHalfLifeKimg: 0.5, emaRel: null });
    train(one, source, 0, 3);
    const { tensors } = await stateOf(one);
    const several = new EmaSet(source, OPTIONS);
    several.restore(tensors, 'ema', undefined);
    expect(values(several)).toEqual(OPTIONS.emaRel && [0, 0, 0, 0].map(() => values(one)[0]));
    train(several, source, 3, 4);
    train(one, source, 3, 4);
    expect(values(several)[0]).toEqual(values(one)[0]);
    expect(await recordsOf(several)).toEqual([null, null, null, null]);
  });

  it('have different lengths', () => {
    expect(() => new EmaSet(network(), { ...OPTIONS, emaHalfLifeKimg: [500, 500] })).toThrow(
      'There are two EMAs of the length ema0.5: leave one out.',
    );
  });
});
