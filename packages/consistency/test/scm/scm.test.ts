import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { scm, scmParts, type ScmOptions } from '@onestep/consistency';
import { atOnce, GaussianDenoiser, NetworkGenerator, type DenoiserNetwork } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { MaskRng, Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { GaussianConsistency } from './gaussian-consistency.js';

beforeAll(startTestBackend);
describeMethodValue(scm);

const [MEAN, STD, SHAPE, N] = [0.4, 0.3, { imgResolution: 1, imgChannels: 2 }, 64];
const NO_IMAGES = { next: () => Promise.reject(new Error('none')), state: () => null, restore() {} };

/** A batch of the Gaussian's images at noise levels from 0.01 to 80, for a student. */
function start(student: DenoiserNetwork, options: Partial<ScmOptions> = {}) {
  const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
  const generator = new NetworkGenerator(student, 80);
  const all = { batch: N, tangentWarmup: 0, ...options };
  const run = scm.create({ teacher, generator, data: NO_IMAGES, options: all });
  const rng = new Rng(1);
  const pixels = rng.normal(2 * N).map((value) => MEAN + STD * value);
  const sigma = Float32Array.from({ length: N }, (_, i) => 0.01 * 8000 ** (i / (N - 1)));
  const draws = { noise: rng.normal(2 * N), masks: new MaskRng([0, 0]), further: { sigma } };
  const [inputs] = run.uploads.upload({ pixels, labels: null }, draws, { iteration: 0, imagesSeen: 0 });
  const parts = scmParts({ ...inputs!, masks: run.uploads.masksOf(0) }, run.networks, scm.settle(all));
  const { grads } = atOnce(run.gradients([inputs!]));
  const norm = Math.sqrt(grads.slice(0, 2).reduce((sum, grad) => sum + tf.sum(tf.square(grad)).dataSync()[0]!, 0));
  const tangent = Math.max(...tf.abs(parts.tangent).dataSync());
  return { parts, tangent, norm, run };
}

describe('sCM with a Gaussian teacher', () => {
  it('leaves the exact consistency function as it is, and moves others', () => {
    const exact = start(new GaussianConsistency(MEAN, STD));
    const other = start(new GaussianConsistency(MEAN, 1.5 * STD));
    expect(exact.tangent).toBeLessThan(1e-4);
    expect(other.tangent).toBeGreaterThan(0.05);
    expect(exact.norm).toBeLessThan(1e-3 * other.norm);
  });

  it('has targets that agree with finite differences, along either path', () => {
    for (const useCd of [true, false]) {
      const student = () => new MlpDenoiser({ ...SHAPE, hidden: 16, sigmaData: 0.5 }, new Rng(2));
      const exact = start(student(), { useCd, jvp: 'exact' }).parts.tangent;
      const differences = start(student(), { useCd, jvp: 'differences', jvpEps: 0.02 }).parts.tangent;
      expect(relativeError(differences.dataSync(), exact.dataSync())).toBeLessThan(2e-3);
    }
  });

  it('takes the path of the data as the slope without the teacher', () => {
    const { parts } = start(new GaussianConsistency(MEAN, STD), { useCd: false });
    // At the highest noise level, x_t is the noise z, and dx_t / dt about -x_0.
    const last = tf.slice(parts.slope, [N - 1, 0, 0, 0], [1, 1, 1, 2]).dataSync();
    const image = new Rng(1)
      .normal(2 * N)
      .slice(-2)
      .map((value) => MEAN + STD * value);
    expect(
      relativeError(
        last,
        image.map((value) => -value),
      ),
    ).toBeLessThan(0.05);
  });
});

it('refuses levels that leave no interval, and options of other kinds', () => {
  expect(() => scm.settle({ sigmaMin: 1, sigmaMax: 1 })).toThrow('sigmaMin must be below sigmaMax: 1 is not below 1.');
  expect(() => scm.settle({ jvp: 'forward' as 'exact' })).toThrow(
    'jvp must be one of exact, differences, not "forward"',
  );
});
