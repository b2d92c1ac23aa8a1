import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { ConsistencyGenerator, SIGMA_DATA } from '@onestep/consistency';
import { isMultiStep, perImage, type DenoiserNetwork } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';

const shape = { imgResolution: 1, imgChannels: 2 };
const STD = 0.8;

/**
 * The network behind the consistency function of N(0, s^2): f = x sqrt((s^2 + epsilon^2) / (s^2 + sigma^2)), the end of the path
 * through x. Appendix C, Song et al. 2023, solved for the network's output F, and that scaled as EDM scales it.
 */
function gaussianNetwork(boundary: number): DenoiserNetwork {
  const denoise = (x: tf.Tensor4D, sigma: tf.Tensor1D) =>
    tf.tidy(() => {
      const end = tf.sqrt(tf.div(STD ** 2 + boundary ** 2, tf.add(tf.square(sigma), STD ** 2)));
      const norm = tf.sqrt(tf.add(tf.square(sigma), SIGMA_DATA ** 2));
      const skip = tf.div(SIGMA_DATA ** 2, tf.add(tf.square(tf.sub(sigma, boundary)), SIGMA_DATA ** 2));
      const out = tf.div(tf.mul(tf.sub(sigma, boundary), SIGMA_DATA), norm);
      const f = tf.div(tf.sub(end, skip), out);
      const edmSkip = tf.div(SIGMA_DATA ** 2, tf.square(norm));
      const edmOut = tf.div(tf.mul(sigma, SIGMA_DATA), norm);
      return tf.mul(x, perImage(tf.add(edmSkip, tf.mul(edmOut, f)) as tf.Tensor1D)) as tf.Tensor4D;
    });
  return { ...shape, labelDim: 0, denoise } as Partial<DenoiserNetwork> as DenoiserNetwork;
}

describe('a consistency function as a generator', () => {
  const network = new MlpDenoiser({ ...shape, hidden: 8, sigmaData: SIGMA_DATA }, new Rng(1));
  const x = tf.tensor4d(new Rng(2).normal(6), [3, 1, 1, 2]);

  it('is the identity at its boundary, and the denoiser itself where the boundary is 0', () => {
    const f = new ConsistencyGenerator(network, { initSigma: 80, boundary: 0.002 });
    const atBoundary = f.consistency(x, tf.fill([3], 0.002)).dataSync();
    x.dataSync().forEach((value, i) => expect(atBoundary[i]).toBeCloseTo(value, 6));
    const denoiser = new ConsistencyGenerator(network, { initSigma: 80, boundary: 0 });
    const sigma = tf.tensor1d([0.1, 1, 10]);
    expect(denoiser.consistency(x, sigma).dataSync()).toEqual(network.denoise(x, sigma).dataSync());
  });

  it('in one step is what it generates', () => {
    const f = new ConsistencyGenerator(network, { initSigma: 80, boundary: 0.002 });
    expect(isMultiStep(f)).toBe(true);
    expect(f.generateInSteps(x, [80], []).dataSync()).toEqual(f.generate(x).dataSync());
    expect(f.noiseLevels(2)).toEqual([80, 0.821]);
  });

  it('clips the images of its steps where it is to', () => {
    const settings = { initSigma: 80, boundary: 0.002 };
    const clipping = new ConsistencyGenerator(network, { ...settings, clipsSteps: true }).clone();
    const far = tf.mul(x, 2000) as tf.Tensor4D;
    const images = new ConsistencyGenerator(network, settings).generate(far);
    expect(Math.max(...images.dataSync())).toBeGreaterThan(1);
    expect(clipping.generateInSteps(far, [80], []).dataSync()).toEqual(tf.clipByValue(images, -1, 1).dataSync());
  });

  it.each([0, 0.002, 0.2])('of a Gaussian has the right variance in every number of steps, epsilon %d', (epsilon) => {
    const generator = new ConsistencyGenerator(gaussianNetwork(epsilon), { initSigma: 80, boundary: epsilon });
    for (const steps of [1, 2, 4]) {
      // The image is linear in the noise of its steps, so its variance is the sum of the squares of the factors.
      const factors = Array.from({ length: steps }, (_, of) => {
        const [z, ...noise] = Array.from({ length: steps }, (_, step) => tf.fill([1, 1, 1, 2], Number(step === of)));
        const images = generator.generateInSteps(z!, generator.noiseLevels(steps), noise as tf.Tensor4D[]);
        return images.dataSync()[0]!;
      });
      const variance = factors.reduce((sum, factor) => sum + factor ** 2, 0);
      // In the first step, noise of level 80 alone stands for noisy data.
      expect(variance / (STD ** 2 + epsilon ** 2)).toBeCloseTo(1, 3);
    }
  });
});
