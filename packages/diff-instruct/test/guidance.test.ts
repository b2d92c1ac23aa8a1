import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct, type DiffInstructOptions } from '@onestep/diff-instruct';
import { GaussianDenoiser, guideDenoiser } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const network = (seed = 1) =>
  new MlpDenoiser({ imgResolution: 1, imgChannels: 2, labelDim: 2, hidden: 8, sigmaData: 0.5 }, new Rng(seed));
const SETTINGS = { batch: 8, initSigma: 2.5, lr: 1e-12, glr: 1e-12 };

/** The score gap of a first step, in which no network moves by more than rounding. */
async function scoreGap(options: Partial<DiffInstructOptions>, weaker?: MlpDenoiser): Promise<number> {
  const method = diffInstruct.create({ teacher: network(), weaker, options: { ...SETTINGS, ...options } });
  try {
    return (await method.step(0)).Score_gap!;
  } finally {
    method.dispose();
  }
}

describe('guidance in a method with a fake score network', () => {
  it('of the teacher sets it apart from its copy, by an amount that is proportional to w - 1', async () => {
    expect(await scoreGap({})).toBeCloseTo(0, 5);
    expect(await scoreGap({ guidance: 1 })).toBeCloseTo(0, 5);
    const gap = await scoreGap({ guidance: 2 });
    expect(gap).toBeGreaterThan(1e-3);
    expect((await scoreGap({ guidance: 4 })) / gap).toBeCloseTo(3, 3);
  });

  it('of both leaves them equal where the fake score network is a copy', async () => {
    expect(await scoreGap({ guidance: 3, guidanceWhere: 'both' })).toBeCloseTo(0, 5);
  });

  it('by a weaker network is another one, and none by an equal network', async () => {
    expect(await scoreGap({ guidance: 2 }, network())).toBeCloseTo(0, 5);
    expect(await scoreGap({ guidance: 2 }, network(2))).toBeGreaterThan(1e-2);
  });

  it('acts at its noise levels only', async () => {
    expect(await scoreGap({ guidance: 2, guidanceInterval: [1e4, 2e4] })).toBeCloseTo(0, 5);
  });

  it('leaves the students of a guided teacher copies of the teacher alone', async () => {
    const method = diffInstruct.create({ teacher: guideDenoiser(network(), { scale: 3 }), options: SETTINGS });
    expect(await method.fakeScore.module.stateDict()).toEqual(await network().module.stateDict());
    method.dispose();
  });

  it('refuses what has no effect, or cannot be', () => {
    const create = (options: Partial<DiffInstructOptions>, weaker?: MlpDenoiser) => () =>
      diffInstruct.create({ teacher: network(), weaker, options: { ...SETTINGS, ...options } });
    expect(create({ guidanceInterval: [1, 2] })).toThrow('guidanceInterval has no effect without guidance');
    expect(create({ guidanceWhere: 'both' })).toThrow('guidanceWhere has no effect without guidance');
    expect(create({ guidance: 2, guidanceWhere: 'both' }, network(2))).toThrow('guides the teacher only');
    expect(create({ guidance: 2, guidanceInterval: [2, 1] })).toThrow('the lower one first');
    const teacher = new GaussianDenoiser({ imgResolution: 1, imgChannels: 1, mean: 0, std: 1 });
    expect(() => diffInstruct.create({ teacher, options: { ...SETTINGS, guidance: 2 } })).toThrow('has no labels');
  });

  it('warns of teachers that never saw images without a label', () => {
    const options = diffInstruct.settle({ guidance: 2 });
    expect(diffInstruct.warn!(options, network())).toContain('without label dropout');
    expect(diffInstruct.warn!(options, network(), network(2))).toBeUndefined();
    expect(diffInstruct.warn!(diffInstruct.settle({}), network())).toBeUndefined();
  });
});
