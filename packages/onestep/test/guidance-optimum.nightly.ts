import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { chooseScale } from '@onestep/diffusion-core';
import { dmd2 } from '@onestep/dmd2';
import { sid } from '@onestep/sid';
import { affine, BASE, BATCH, OFFSETS, STD, teacherOf, trainSteps } from './support/guided-classes.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SHARED = { initSigma: 1, batch: BATCH, emaHalfLifeKimg: 8, lr: 4e-2, glr: 1.6e-2 };
const SID = { ...SHARED, alpha: 1 };
const DMD2 = { ...dmd2.presets.toy!.options, ...SHARED, lr: 8e-2, glr: 2e-2, beta1: 0, gBeta1: 0, weightDecay: 0 };

describe('the optimum of distilling a guided teacher with Gaussian classes', () => {
  const teacher = teacherOf();

  it.each([
    // N(base + w offset, std^2)
    ['Diff-Instruct', 2.5, () => diffInstruct.create({ teacher, options: { ...SHARED, guidance: 2.5 } })],
    ['DMD2', 2.5, () => dmd2.create({ teacher, options: { ...DMD2, guidance: 2.5 } })],
    ['SiD', 2.5, () => sid.create({ teacher, options: { ...SID, guidance: 2.5 } })],
    // Long and short guidance: base + (kappa_4 kappa_1 / kappa_2) offset. Equal scales of the fake score network cancel: trained
    // through its guidance, it is guided the score of the student.
    [
      'SiD-LSG, kappa 1, 1.5, 3',
      2,
      () => sid.create({ teacher, options: { ...SID, guidance: 3, guidanceFakeEval: 1.5 } }),
    ],
    ['SiD-LSG, all equal', 3, () => sid.create({ teacher, options: { ...SID, guidance: 3, guidanceWhere: 'both' } })],
  ] as const)('%s finds it', async (_, w, create) => {
    const generator = await trainSteps(create(), 700);
    for (const [c, label] of [[1, 0] as const, [0, 1] as const].entries()) {
      const { a, b } = await affine(generator, label);
      expect(b).toBeCloseTo(BASE + w * OFFSETS[c]!, 1);
      expect(a).toBeCloseTo(STD, 1);
    }
  });
});

it('a student with an input for the scale learns the optimum of every scale', async () => {
  const options = { ...SHARED, lr: 2e-2, glr: 8e-3, guidance: [1, 3] as const };
  const generator = await trainSteps(diffInstruct.create({ teacher: teacherOf([0.3]), options }), 500);
  for (const scale of [1, 2, 3]) {
    expect((await affine(chooseScale(generator, scale), [1])).b).toBeCloseTo(BASE + scale * 0.3, 1);
  }
});
