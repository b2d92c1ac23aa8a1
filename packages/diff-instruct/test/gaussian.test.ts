import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct, type DiffInstructOptions } from '@onestep/diff-instruct';
import { GaussianDenoiser, type TrainableGenerator } from '@onestep/diffusion-core';
import { Module, Parameter } from '@onestep/nn';
import { type Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const MEAN = 0.4;
const STD = 0.5;
const BATCH = 128;
const teacher = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });
const OPTIONS = { batch: BATCH, lr: 2e-2, glr: 4e-3, emaHalfLifeKimg: 20 };

class Affine extends Module {
  readonly scale = new Parameter(tf.tensor([0.1]));
  readonly shift = new Parameter(tf.tensor([-1]));
}

/** G(z) = shift + scale z: not a denoiser, and with latents of another shape than its images. */
class AffineGenerator implements TrainableGenerator {
  readonly imgResolution = 2;
  readonly imgChannels = 1;
  readonly labelDim = 0;
  readonly module = new Affine();
  readonly settings = { kind: 'affine' };

  generate(z: tf.Tensor): tf.Tensor4D {
    const { scale, shift } = this.module;
    return tf.reshape(tf.add(tf.mul(z, scale.variable), shift.variable), [-1, 2, 2, 1]);
  }

  sampleLatents(rng: Rng, n: number): { shape: number[]; data: Float32Array } {
    return { shape: [n, 4], data: rng.normal(4 * n) };
  }

  clone(): AffineGenerator {
    const copy = new AffineGenerator();
    copy.module.copyFrom(this.module);
    return copy;
  }
}

/** A generator that is affine in its latent, G(z) = b + a z, makes images N(b, a^2). */
async function affine(generator: TrainableGenerator, latentShape: number[]): Promise<{ a: number; b: number }> {
  const images = tf.tidy(() => {
    const z = (value: number) => tf.fill([1, ...latentShape], value);
    return tf.concat([generator.generate(z(0)), generator.generate(z(1))]);
  });
  const [b, , , , sum] = await images.data();
  images.dispose();
  return { a: Math.abs(sum! - b!), b: b! };
}

async function distill(options: Partial<DiffInstructOptions>, generator?: TrainableGenerator) {
  const method = diffInstruct.create({
    teacher: teacher(),
    ...(generator && { generator }),
    options: { ...OPTIONS, ...options },
  });
  const gaps: number[] = [];
  for (let i = 0; i < 1200; i++) gaps.push((await method.step(i * BATCH)).Score_gap!);
  const mean = (values: number[]) => values.reduce((x, y) => x + y) / values.length;
  expect(mean(gaps.slice(-100))).toBeLessThan(0.3 * Math.max(...gaps));
  return method;
}

describe('Diff-Instruct from a Gaussian teacher', () => {
  it("finds the teacher's mean and standard deviation", async () => {
    const { generator } = await distill({});
    const { a, b } = await affine(generator, [2, 2, 1]);
    expect(Math.abs(a / STD - 1)).toBeLessThan(0.03);
    expect(Math.abs(b / MEAN - 1)).toBeLessThan(0.03);
  });

  it('does so with another weight, other noise levels and a generator that is not a denoiser', async () => {
    const weight = (sigma: tf.Tensor1D) => sigma;
    const noiseLevels = (rng: Rng, n: number) => Float32Array.from(rng.uniform(n, 0.2, 1.5));
    const method = await distill({ weight, noiseLevels, glr: 8e-3 }, new AffineGenerator());
    const { a, b } = await affine(method.generator, [4]);
    expect(Math.abs(a / STD - 1)).toBeLessThan(0.03);
    expect(Math.abs(b / MEAN - 1)).toBeLessThan(0.03);
    expect(JSON.parse((await method.snapshot()).metadata.onestep!)).toEqual({
      kind: 'affine',
      generator: { method: 'diff-instruct' },
    });
  });
});
