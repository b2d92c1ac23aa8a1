import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DenoiserGenerator,
  GaussianMixtureDenoiser,
  generateByRenoising,
  generateImages,
  isMultiStep,
  LabelPrior,
  refinementLevels,
  RenoisingGenerator,
  settleLevels,
  type DenoiserNetwork,
  type StepChoice,
} from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

const PIXELS = 12;
const image = (value: number) => new Float32Array(PIXELS).fill(value);
const conditional = new GaussianMixtureDenoiser({
  imgResolution: 2,
  imgChannels: 3,
  means: [image(-1), image(0), image(1)],
  std: 0.1,
  classes: [0, 1, 2],
});
const oneStep = new DenoiserGenerator(conditional, 2.5);
// Its weights are never looked at.
const generator = new RenoisingGenerator(conditional as unknown as DenoiserNetwork, 2.5);

describe('an image in several steps', () => {
  it.each<[StepChoice]>([[{ steps: 2 }], [{ steps: 4 }], [{ levels: [2.5, 1, 0.1] }]])(
    'of a seed does not depend on its batch, %j, with a random class',
    async (choice) => {
      const alone = new Map<number, Float32Array>();
      for (const seed of [0, 5, 6, 7]) alone.set(seed, await generateImages({ generator, seeds: [seed], ...choice }));
      await fc.assert(
        fc.asyncProperty(fc.array(fc.constantFrom(...alone.keys()), { minLength: 1, maxLength: 6 }), async (seeds) => {
          const images = await generateImages({ generator, seeds, ...choice });
          seeds.forEach((seed, i) => expect(images.slice(i * PIXELS, (i + 1) * PIXELS)).toEqual(alone.get(seed)));
        }),
        { numRuns: 10 },
      );
    },
  );

  it('draws its latent, its label, and then the noise of each further step', async () => {
    const stream = new Rng(6);
    const z = tf.tensor4d(stream.normal(PIXELS), [1, 2, 2, 3]);
    const prior = new LabelPrior(generator);
    const labels = tf.tensor2d(prior.vectors(prior.draw(stream, 1)), [1, 3]);
    const noise = [0, 1].map(() => tf.tensor4d(stream.normal(PIXELS), [1, 2, 2, 3]));
    const expected = generator.generateInSteps(z, [2.5, 1, 0.2], noise, labels).dataSync();
    expect(await generateImages({ generator, seeds: [6], levels: [2.5, 1, 0.2] })).toEqual(expected);
  });

  it('is, in one step, the same as ever', async () => {
    const expected = await generateImages({ generator: oneStep, seeds: [3, 4] });
    for (const choice of [{}, { steps: 1 }, { levels: [2.5] }]) {
      expect(await generateImages({ generator, seeds: [3, 4], ...choice })).toEqual(expected);
    }
    expect(await generateImages({ generator: oneStep, seeds: [3, 4], steps: 1 })).toEqual(expected);
  });

  it('leaves no tensors behind', async () => {
    const before = tf.memory().numTensors;
    await generateImages({ generator, seeds: [1, 2], steps: 3 });
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** Var x of an output that is linear in the noise of its steps: the sum of the squares of its coefficients. */
function varianceOf(generate: (noise: tf.Tensor4D[]) => tf.Tensor4D, steps: number): number {
  const coefficient = (of: number) =>
    generate(Array.from({ length: steps }, (_, step) => tf.fill([1, 1, 1, 1], Number(step === of)))).dataSync()[0]!;
  return Array.from({ length: steps }, (_, step) => coefficient(step) ** 2).reduce((a, b) => a + b);
}

describe('re-noising with the consistency function of a Gaussian, N(0, s^2)', () => {
  const s = 0.7;
  /** The end of the path of x, which has the variance of the data with the noise of the boundary. */
  const consistency = (boundary: number) => (x: tf.Tensor4D, sigma: tf.Tensor1D) => {
    const level = sigma.dataSync()[0]!;
    return tf.mul<tf.Tensor4D>(x, Math.sqrt((s ** 2 + boundary ** 2) / (s ** 2 + level ** 2)));
  };
  const sample = (levels: number[], boundary: number) =>
    varianceOf(
      ([z, ...noise]) => generateByRenoising({ predict: consistency(boundary), z: z!, levels, noise, boundary }),
      levels.length,
    );

  it.each([0, 0.3])('gives each number of steps the right variance, epsilon %d', (boundary) => {
    for (const steps of [2, 3, 4, 8]) {
      const levels = refinementLevels(steps, 80);
      // Noise of level 80 alone takes the place of noisy data at the first.
      expect(sample(levels, boundary) / (s ** 2 + boundary ** 2)).toBeCloseTo(1, 3);
    }
    const wrong = varianceOf(
      ([z, ...noise]) => generateByRenoising({ predict: consistency(0.3), z: z!, levels: [80, 0.8], noise }),
      2,
    );
    expect(wrong / (s ** 2 + 0.09)).toBeGreaterThan(1.05);
  });

  it('edits the clean images of every step', () => {
    const seen: number[] = [];
    const images = generateByRenoising({
      predict: (x) => x,
      z: tf.fill([1, 1, 1, 1], 1),
      levels: [3, 2],
      noise: [tf.fill([1, 1, 1, 1], 1)],
      edit: (clean, step) => {
        seen.push(step);
        return tf.clipByValue(clean, -1, 1);
      },
    });
    // 3, clipped to 1; 1 + 2 = 3, clipped to 1.
    expect([seen, images.dataSync()[0]]).toEqual([[0, 1], 1]);
    expect(() => generateByRenoising({ predict: (x) => x, z: images, levels: [3, 2], noise: [] })).toThrow(
      '2 noise levels take noise for 1 steps, not 0.',
    );
  });
});

describe('the levels of several steps', () => {
  it('fall from that of the latents to 0.821, as two steps of ECT and sCM', () => {
    expect(refinementLevels(1, 80)).toEqual([80]);
    expect(refinementLevels(2, 80)).toEqual([80, 0.821]);
    expect(refinementLevels(4, 80).map((level) => Number(level.toPrecision(4)))).toEqual([80, 23.6, 5.374, 0.821]);
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.double({ min: 0.83, max: 800, noNaN: true }), (count, first) => {
        const levels = refinementLevels(count, first);
        expect([levels.length, levels[0], levels.at(-1)]).toEqual([count, first, 0.821]);
        expect(settleLevels(new RenoisingGenerator(generator.network, first), { levels })).toEqual(levels);
      }),
    );
    expect(() => refinementLevels(2, 0.5)).toThrow(/level 0\.5, .*0\.821: choose `levels`/);
  });

  it.each<[StepChoice, RegExp]>([
    [{ steps: 0 }, /`steps` must be an integer from 1, not 0/],
    [{ steps: 1.5 }, /from 1, not 1\.5/],
    [{ steps: 3, levels: [2.5, 1] }, /2 levels for 3 steps: .* or leave out `steps`/],
    [{ levels: [2.5, 2.5] }, /`levels` 2\.5,2\.5 must be numbers above 0 that fall, and 2\.5 does not/],
    [{ levels: [2.5, 0] }, /and 0 does not/],
    [{ levels: [2.5, NaN] }, /and NaN does not/],
    [{ levels: [Infinity, 1] }, /and Infinity does not/],
    [{ levels: [3, 1] }, /must be 2\.5, .* `initSigma` sets/],
  ])('%j are refused', async (choice, message) => {
    expect(() => settleLevels(generator, choice)).toThrow(message);
    await expect(generateImages({ generator, seeds: [0], ...choice })).rejects.toThrow(message);
  });

  it('are refused by a generator of one step', async () => {
    expect([isMultiStep(oneStep), isMultiStep(generator)]).toEqual([false, true]);
    for (const choice of [{ steps: 2 }, { levels: [2.5, 1] }, { levels: [2.5] }]) {
      await expect(generateImages({ generator: oneStep, seeds: [0], ...choice })).rejects.toThrow(
        'This generator makes images in one step only: leave out `steps` and `levels`.',
      );
    }
  });
});
