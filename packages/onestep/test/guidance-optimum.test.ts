import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { chooseScale, type DistillationMethod, type Generator } from '@onestep/diffusion-core';
import { dmd2 } from '@onestep/dmd2';
import { sid } from '@onestep/sid';
import { GaussianClassesDenoiser } from '../../../test-support/gaussian-classes.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

const BASE = 0.1;
const STD = 0.5;
const BATCH = 128;

/** Mean and standard deviation of a class: G(z) = b + a z where the network is that of Gaussians. */
async function affine(generator: Generator, label: number[]): Promise<{ a: number; b: number }> {
  const images = tf.tidy(() =>
    generator.generate(tf.tensor4d([0, 0, 0, 0, 1, 1, 1, 1], [2, 2, 2, 1]), tf.tensor2d([label, label])),
  );
  const [b, , , , sum] = await images.data();
  images.dispose();
  return { a: sum! - b!, b: b! };
}

async function train(method: DistillationMethod, steps: number): Promise<Generator> {
  for (let i = 0; i < steps; i++) await method.step(i * BATCH);
  return method.generator;
}

describe('the optimum of distilling a guided teacher with Gaussian classes', () => {
  const offsets = [-0.3, 0.3];
  const teacher = new GaussianClassesDenoiser({ base: BASE, offsets, std: STD });
  const shared = { initSigma: 1, batch: BATCH, emaHalfLifeKimg: 8 };
  const each = { lr: 4e-2, glr: 1.6e-2 };

  it.each([
    // N(base + w offset, std^2)
    ['Diff-Instruct', 2.5, () => diffInstruct.create({ teacher, options: { ...shared, ...each, guidance: 2.5 } })],
    [
      'DMD2',
      2.5,
      () => dmd2.create({ teacher, options: { ...dmd2.presets.toy!.options, ...shared, ...DMD2, guidance: 2.5 } }),
    ],
    ['SiD', 2.5, () => sid.create({ teacher, options: { ...shared, ...each, alpha: 1, guidance: 2.5 } })],
    // Long and short guidance: base + (kappa_4 kappa_1 / kappa_2) offset. Equal scales of the fake score network cancel: trained through
    // its guidance, it is guided the score of the student.
    [
      'SiD-LSG, kappa 1, 1.5, 3',
      2,
      () =>
        sid.create({
          teacher,
          options: { ...shared, ...each, alpha: 1, guidance: 3, guidanceFakeEval: 1.5 },
        }),
    ],
    [
      'SiD-LSG, all equal',
      3,
      () => sid.create({ teacher, options: { ...shared, ...each, alpha: 1, guidance: 3, guidanceWhere: 'both' } }),
    ],
  ] as const)('%s finds it', async (_, w, create) => {
    const generator = await train(create(), 400);
    for (const [c, label] of [[0, [1, 0]] as const, [1, [0, 1]] as const]) {
      const { a, b } = await affine(generator, [...label]);
      expect(b).toBeCloseTo(BASE + w * offsets[c]!, 1);
      expect(a).toBeCloseTo(STD, 1);
    }
  });
});

const DMD2 = { lr: 8e-2, glr: 2e-2, beta1: 0, gBeta1: 0, weightDecay: 0 };

it('a student with an input for the scale learns the optimum of every scale', async () => {
  const teacher = new GaussianClassesDenoiser({ base: BASE, offsets: [0.3], std: STD });
  const options = { initSigma: 1, batch: BATCH, emaHalfLifeKimg: 8, lr: 2e-2, glr: 8e-3, guidance: [1, 3] as const };
  const generator = await train(diffInstruct.create({ teacher, options }), 500);
  for (const scale of [1, 2, 3]) {
    expect((await affine(chooseScale(generator, scale), [1])).b).toBeCloseTo(BASE + scale * 0.3, 1);
  }
});

it('guidance 1 is bit-equal to none', async () => {
  const teacher = new GaussianClassesDenoiser({ base: BASE, offsets: [0.3, 0.1], std: STD });
  const after = async (guidance: Record<string, unknown>) => {
    const method = sid.create({ teacher, options: { batch: 8, lr: 1e-2, glr: 1e-2, ...guidance } });
    await train(method, 3);
    return (await method.snapshot()).tensors;
  };
  const plain = await after({});
  expect(await after({ guidance: 1 })).toEqual(plain);
  expect(await after({ guidance: 1, guidanceWhere: 'both' })).toEqual(plain);
  expect(await after({ guidance: 1.5 })).not.toEqual(plain);
});
