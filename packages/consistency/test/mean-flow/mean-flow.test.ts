import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { meanFlow, MeanFlowGenerator, meanFlowParts, meanFlowStep, type MeanFlowOptions } from '@onestep/consistency';
import {
  atOnce,
  flowVelocity,
  GaussianDenoiser,
  NetworkGenerator,
  type DenoiserNetwork,
} from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { MaskRng, Rng } from '@onestep/random';
import { startTestBackend } from '../../../../test-support/backend.js';
import { relativeError } from '../../../../test-support/fixtures.js';
import { describeMethodValue } from '../../../../test-support/method-value.js';
import { GaussianVelocity } from './gaussian-velocity.js';

beforeAll(startTestBackend);
describeMethodValue(meanFlow);

const [MEAN, STD, SHAPE, N] = [0.4, 0.3, { imgResolution: 1, imgChannels: 2 }, 64];
const NO_IMAGES = { next: () => Promise.reject(new Error('none')), state: () => null, restore() {} };
const gaussian = (std = STD) => new GaussianVelocity({ ...SHAPE, mean: MEAN, std });
const mlp = () => new MlpDenoiser({ ...SHAPE, hidden: 16, sigmaData: 0.5 }, new Rng(2));

/** A batch of the Gaussian's images for a student. In every fourth row, r = t. */
function start(student: DenoiserNetwork, options: Partial<MeanFlowOptions> = {}) {
  const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
  const all = { batch: N, ...options };
  const run = meanFlow.create({ teacher, generator: new NetworkGenerator(student, 80), data: NO_IMAGES, options: all });
  const rng = new Rng(1);
  const pixels = rng.normal(2 * N).map((value) => MEAN + STD * value);
  const uniform = rng.uniform(N, 0.01, 0.98);
  const times = Float32Array.from({ length: 2 * N }, (_, i) => {
    const t = uniform[i >> 1]!;
    return i % 2 === 0 || i % 8 === 1 ? t : 0.5 * t;
  });
  const draws = { noise: rng.normal(2 * N), masks: new MaskRng([0, 0]), further: { times } };
  const [tensors] = run.uploads.upload({ pixels, labels: null }, draws, { iteration: 0, imagesSeen: 0 });
  const inputs = { ...tensors!, masks: run.uploads.masksOf(0) };
  const parts = meanFlowParts(inputs, run.networks, meanFlow.settle(all));
  const { grads } = atOnce(run.gradients([tensors!]));
  const norm = Math.sqrt(grads.reduce((sum, grad) => sum + tf.sum(tf.square(grad)).dataSync()[0]!, 0));
  const losses = meanFlowStep.loss(inputs, run.networks, meanFlow.settle(all)).losses.dataSync();
  return { run, inputs, parts, norm, losses };
}

/** Every fourth image. */
const equalRows = (images: tf.Tensor4D) => tf.gather(images, tf.range(0, N, 4, 'int32')).dataSync();

describe('MeanFlow with a Gaussian teacher', () => {
  it('leaves the exact average velocity as it is, and moves others', () => {
    const exact = start(gaussian(), { normP: 0 });
    expect(relativeError(exact.parts.target.dataSync(), exact.parts.u.dataSync())).toBeLessThan(1e-5);
    expect(exact.norm).toBeLessThan(1e-3 * start(gaussian(1.5 * STD), { normP: 0 }).norm);
  });

  it('has targets that agree with finite differences', () => {
    for (const endTime of ['r', 't-r'] as const) {
      const target = (jvp: MeanFlowOptions['jvp']) => start(mlp(), { endTime, jvp }).parts.target.dataSync();
      expect(relativeError(target('differences'), target('exact'))).toBeLessThan(1e-3);
    }
  });

  it('is flow matching where r = t, with the velocity of the data or the teacher', () => {
    for (const useCd of [true, false]) {
      const { parts, inputs, losses } = start(mlp(), { useCd, normP: 0 });
      const v = useCd ? parts.v : tf.sub(inputs.noise, inputs.images);
      expect(relativeError(equalRows(parts.target), equalRows(v as tf.Tensor4D))).toBeLessThan(1e-6);
      const expected = tf.sum(tf.squaredDifference(parts.u, v), [1, 2, 3]).dataSync();
      expect(losses[4]).toBeCloseTo(expected[4]!, 5);
      expect(Math.abs(losses[1]! - expected[1]!)).toBeGreaterThan(1e-3 * expected[1]!);
    }
  });

  it('weights each loss by its own size', () => {
    const plain = start(mlp(), { normP: 0 }).losses;
    const weighted = start(mlp(), { normP: 0.75, normEps: 1e-3 }).losses;
    expect(
      relativeError(
        weighted,
        plain.map((loss) => loss / (loss + 1e-3) ** 0.75),
      ),
    ).toBeLessThan(1e-5);
  });
});

describe('a network of two times', () => {
  it('starts as the teacher, whatever the second time', () => {
    const network = mlp();
    const { parts, inputs, run } = start(network.clone());
    const [t] = tf.unstack(inputs.draws.times!, 1) as [tf.Tensor1D];
    const velocity = flowVelocity((x, sigma) => network.denoise(x, sigma), parts.z, t).dataSync();
    expect(relativeError(parts.u.dataSync(), velocity)).toBeLessThan(1e-6);
    const [x, sigma] = [parts.z, tf.linspace(0.1, 5, N) as tf.Tensor1D];
    const { network: student } = run.student;
    expect(relativeError(student.denoise(x, sigma).dataSync(), network.denoise(x, sigma).dataSync())).toBeLessThan(
      1e-6,
    );
  });

  it('takes new weights from the seed, when it starts from scratch', () => {
    const weights = (options: Partial<MeanFlowOptions>) => start(mlp(), options).parts.u.dataSync();
    const scratch = weights({ scratch: true });
    expect(weights({ scratch: true })).toEqual(scratch);
    expect(relativeError(weights({ scratch: true, seed: 1 }), scratch)).toBeGreaterThan(0.01);
  });

  it('is needed, and its absence is said before the training', () => {
    const teacher = new GaussianDenoiser({ ...SHAPE, mean: MEAN, std: STD });
    const create = () => meanFlow.create({ teacher, data: NO_IMAGES });
    expect(create).toThrow('this teacher has no variant with them: choose a DDPM++ or NCSN++ of EDM');
  });
});

describe('the generator of MeanFlow', () => {
  it('goes to the end of the path in one step, and in any number of them', () => {
    const generator = new MeanFlowGenerator(gaussian(), 80);
    const z = tf.tensor4d(new Rng(4).normal(40), [20, 1, 1, 2]);
    // The end of the probability-flow ODE from x = 80 z
    const expected = z.dataSync().map((value) => MEAN + (STD * (80 * value - MEAN)) / Math.hypot(STD, 80));
    expect(relativeError(generator.generate(z).dataSync(), expected)).toBeLessThan(1e-4);
    for (const count of [1, 2, 4]) {
      const levels = generator.noiseLevels(count);
      expect(levels).toHaveLength(count);
      expect(levels[0]).toBeCloseTo(80, 10);
      expect(relativeError(generator.generateInSteps(z, levels, []).dataSync(), expected)).toBeLessThan(1e-4);
    }
  });
});
