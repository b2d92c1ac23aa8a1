import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { GaussianDenoiser, generateImages, PixelGenerator } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const [MEAN, STD] = [0.4, 0.5];
const teacher = () => new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: MEAN, std: STD });
const pictures = () =>
  new PixelGenerator(
    { imgResolution: 2, imgChannels: 1, labelDim: 0, model: { type: 'pixels', pictures: 3 } },
    new Rng(1),
  );
const OPTIONS = { batch: 12, glr: 2e-2, emaMu: 0.9 };
const start = () => diffInstruct.create({ teacher: teacher(), generator: pictures(), options: OPTIONS });

it('moves each picture to the mode of a Gaussian teacher, where the gradient of score distillation is 0', async () => {
  const run = start();
  const stats = await run.step(0);
  // Only the pictures learn.
  expect(Object.keys(stats)).toContain('GLoss/loss');
  expect(Object.keys(stats)).not.toContain('SgLoss/loss');
  for (let i = 1; i < 120; i++) await run.step(12 * i);
  const images = await generateImages({ generator: run.generator, seeds: [0, 1, 2] });
  // The noise of x_t moves the gradient around 0, by about a step.
  for (const pixel of images) expect(Math.abs(pixel - MEAN)).toBeLessThan(0.1);
});

it('goes on exactly from a state, which holds no fake score network', async () => {
  const whole = start();
  for (let i = 0; i < 4; i++) await whole.step(12 * i);
  const part = start();
  for (let i = 0; i < 2; i++) await part.step(12 * i);
  const state = await part.state();
  expect(Object.keys(state.tensors).filter((name) => name.startsWith('fake_score.'))).toEqual([]);
  const next = start();
  await next.restore(state);
  for (let i = 2; i < 4; i++) await next.step(12 * i);
  expect((await next.snapshot()).tensors).toEqual((await whole.snapshot()).tensors);
});
