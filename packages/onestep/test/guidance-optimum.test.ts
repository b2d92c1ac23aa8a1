import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { sid } from '@onestep/sid';
import { affine, BASE, BATCH, OFFSETS, teacherOf, trainSteps } from './support/guided-classes.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

// The nightly test has the other methods, and the standard deviation, which takes longer.
it('the classes of a student move to those of the guided teacher, which are known in closed form', async () => {
  const options = { initSigma: 1, batch: BATCH, emaHalfLifeKimg: 2, lr: 4e-2, glr: 1.6e-2, guidance: 2.5 };
  const generator = await trainSteps(diffInstruct.create({ teacher: teacherOf(), options }), 200);
  for (const [c, label] of [[1, 0] as const, [0, 1] as const].entries()) {
    expect(Math.abs((await affine(generator, label)).b - (BASE + 2.5 * OFFSETS[c]!))).toBeLessThan(0.1);
  }
});

it('guidance 1 is bit-equal to none', async () => {
  const after = async (guidance: Record<string, unknown>) => {
    const method = sid.create({ teacher: teacherOf(), options: { batch: 8, lr: 1e-2, glr: 1e-2, ...guidance } });
    await trainSteps(method, 3);
    return (await method.snapshot()).tensors;
  };
  const plain = await after({});
  expect(await after({ guidance: 1 })).toEqual(plain);
  expect(await after({ guidance: 1, guidanceWhere: 'both' })).toEqual(plain);
  expect(await after({ guidance: 1.5 })).not.toEqual(plain);
});
