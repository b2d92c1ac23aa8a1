import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { NetworkGenerator, type DistillationMethod } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import type { ScoreDistillation } from '@onestep/score-distillation';
import { fgm, sid, type SidOptions } from '@onestep/sid';
import { startTestBackend } from '../../../test-support/backend.js';
import { relativeError } from '../../../test-support/fixtures.js';

beforeAll(startTestBackend);

const BATCH = 6;
const network = (seed: number) =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, hidden: 8, sigmaData: 0.5 }, new Rng(seed));

/** The gradients of the student's phase on the same images, noise and noise levels. */
function studentGradients(create: typeof sid.create | typeof fgm.create, options: object): Float32Array[] {
  const args = { teacher: network(1), fakeScore: network(2), generator: new NetworkGenerator(network(3), 2.5) };
  const method: DistillationMethod = create({ ...args, options: { batch: BATCH, ...options } });
  const rng = new Rng(4);
  const normal = () => tf.tensor4d(rng.normal(4 * BATCH), [BATCH, 2, 2, 1]);
  const uploaded = { z: normal(), noise: normal(), sigma: tf.tensor1d(Float32Array.from(rng.uniform(BATCH, 0.1, 4))) };
  const rest = { labels: undefined, real: undefined, draws: {}, schedule: {}, made: undefined };
  const phase = (method as ScoreDistillation<SidOptions>).gradients('generator', [{ ...uploaded, ...rest }]);
  return phase.grads.map((grad) => grad.dataSync() as Float32Array);
}

it('FGM has the gradient of SiD with alpha 1/2, and of no other alpha', () => {
  const gradients = studentGradients(fgm.create, {});
  const half = studentGradients(sid.create, { alpha: 0.5 });
  const one = studentGradients(sid.create, { alpha: 1 });
  expect(gradients.length).toBeGreaterThan(4);
  gradients.forEach((gradient, i) => {
    expect(relativeError(gradient, half[i]!)).toBe(0);
    expect(relativeError(gradient, one[i]!)).toBeGreaterThan(1e-3);
  });
});
