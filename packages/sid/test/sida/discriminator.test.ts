import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { discriminatorLoss, encoderLogits, ganLoss } from '@onestep/sid';
import { startTestBackend } from '../../../../test-support/backend.js';

beforeAll(startTestBackend);

const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const logits = (...values: number[]) => tf.tensor3d(values, [1, 1, values.length]);

it('the logits are the means over the channels, one for each place', async () => {
  const map = encoderLogits(tf.tensor4d([1, 2, 3, 6, 5, 0], [1, 1, 2, 3]));
  expect(map.shape).toEqual([1, 1, 2]);
  expect([...(await map.data())]).toEqual([2, 11 / 3].map(Math.fround));
});

it('the discriminator’s loss is half the sum of two mean cross-entropies', async () => {
  const [loss] = await discriminatorLoss({ real: logits(1, -3), fake: logits(0.5, 2) }).data();
  expect(loss).toBeCloseTo((softplus(-1) + softplus(3) + softplus(0.5) + softplus(2)) / 4, 6);
});

it('the student’s gradient is -sigmoid(-logit) within the bound of 10, and 0 beyond', () => {
  const gradient = tf.grad((x) => ganLoss(x as tf.Tensor3D));
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (logit) => {
      fc.pre(Math.abs(Math.abs(logit) - 10) > 1e-3);
      const [slope, other] = gradient(logits(logit, 0)).dataSync();
      // The mean is over two places.
      expect(slope! * 2).toBeCloseTo(Math.abs(logit) > 10 ? 0 : -1 / (1 + Math.exp(logit)), 5);
      if (Math.abs(logit) > 10) expect(slope).toBe(-0 + 0 * slope!);
      expect(other).toBeCloseTo(-0.25, 6);
    }),
    { numRuns: 30 },
  );
});
