import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  encodePrompts,
  promptLabels,
  type DistillationMethod,
  type ImageBatch,
  type ImageBatchSource,
} from '@onestep/diffusion-core';
import { findMethod } from '../src/methods.js';
import { CaptionedGaussian } from './support/captioned-gaussian.js';
import { expectSameTraining } from './support/shared-training.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Means of the words big, blue and red. */
const MEANS = [0.2, -0.6, 0.5];
const STD = 0.5;
const BATCH = 32;
const PROMPTS = ['red', 'big blue'];

/** The means that a student's images have for prompts. */
async function meansOf({ generator }: DistillationMethod, teacher: CaptionedGaussian, prompts: readonly string[]) {
  const images = tf.tidy(() => {
    const rows = tf.tensor2d(encodePrompts(teacher, prompts), [prompts.length, 3]);
    // Affine in z: the image of z = 0 is the mean.
    return generator.generate(tf.zeros([prompts.length, 1, 1, 2]), rows);
  });
  const pixels = await images.data();
  images.dispose();
  return prompts.map((_, i) => pixels[2 * i]!);
}

function create(name: string, options: Record<string, unknown> = {}, teacher = new CaptionedGaussian(MEANS, STD)) {
  const labels = promptLabels(teacher, PROMPTS);
  const rates = { batch: BATCH, lr: 2e-2, glr: 1e-2, emaHalfLifeKimg: 4, initSigma: 1 };
  return findMethod(name).create({ teacher, labels, options: { ...rates, ...options } });
}

describe('a teacher whose mean depends on the caption is learned from prompts alone', () => {
  it('by SiD, whose file states the prompts', async () => {
    const teacher = new CaptionedGaussian(MEANS, STD);
    const task = create('sid', {}, teacher);
    for (let i = 0; i < 250; i++) await task.step(i * BATCH);
    const [red, bigBlue] = await meansOf(task, teacher, PROMPTS);
    expect(Math.abs(red! - 0.5)).toBeLessThan(0.07);
    expect(Math.abs(bigBlue! - -0.4)).toBeLessThan(0.07);
    const { labels } = JSON.parse((await task.snapshot()).metadata.onestep!) as { labels: { captions: string[] } };
    expect(labels.captions).toEqual(PROMPTS);
    task.dispose();
  });

  it('by Diff-Instruct, away from a negative prompt: the mean moves on by w - 1 times the difference', async () => {
    const teacher = new CaptionedGaussian(MEANS, STD);
    const task = create('diff-instruct', { guidance: 2, negativePrompt: 'big' }, teacher);
    for (let i = 0; i < 250; i++) await task.step(i * BATCH);
    const [red, bigBlue] = await meansOf(task, teacher, PROMPTS);
    expect(Math.abs(red! - (0.5 + (0.5 - 0.2)))).toBeLessThan(0.1);
    expect(Math.abs(bigBlue! - (-0.4 + (-0.4 - 0.2)))).toBeLessThan(0.1);
    task.dispose();
  });
});

it('goes on bit for bit from a state, with the same prompts', async () => {
  const [whole, resumed] = [create('sid'), create('sid', { seed: 9 })];
  for (let i = 0; i < 3; i++) await whole.step(i * BATCH);
  const { tensors, values } = await whole.state();
  await resumed.restore({ tensors, values: JSON.parse(JSON.stringify(values)) as typeof values });
  for (const task of [whole, resumed]) for (let i = 3; i < 6; i++) await task.step(i * BATCH);
  expect(await resumed.state()).toEqual(await whole.state());
});

it.each(['sid', 'boot'])('%s: two processes draw the prompts as one', (name) =>
  expectSameTraining(
    (communicator) => {
      const teacher = new CaptionedGaussian(MEANS, STD);
      const options = { ...findMethod(name).presets.small!.options, batch: 12, batchGpu: 3, glr: 1e-2 };
      return findMethod(name).create({ teacher, labels: promptLabels(teacher, PROMPTS), communicator, options });
    },
    { processes: [2], steps: 2 },
  ),
);

it('refuses to draw where there are no captions', () => {
  const teacher = new CaptionedGaussian(MEANS, STD);
  expect(() => findMethod('sid').create({ teacher, options: { batch: 4 } })).toThrow('none to draw from: give prompts');
});

/** Images of half brightness, all with this caption. */
function captioned(caption: string): ImageBatchSource {
  const next = (): Promise<ImageBatch & { captions: string[] }> =>
    Promise.resolve({
      images: new Uint8Array(2 * BATCH).fill(160),
      labels: null,
      captions: new Array<string>(BATCH).fill(caption),
      count: BATCH,
    });
  return { next, state: () => ({}), restore: () => undefined };
}

it('real images are learned with their captions, encoded as the teacher’s', async () => {
  const teacher = new CaptionedGaussian(MEANS, STD);
  const { create: begin, presets } = findMethod('ect');
  const options = { ...presets.small!.options, batch: BATCH, lr: 1e-2 };
  const task = begin({ teacher, data: captioned('red'), options });
  const before = await meansOf(task, teacher, ['red', 'blue']);
  for (let i = 0; i < 10; i++) await task.step(i * BATCH);
  const [red, blue] = await meansOf(task, teacher, ['red', 'blue']);
  expect(red).not.toBeCloseTo(before[0]!, 3);
  expect(blue).toBeCloseTo(before[1]!, 5);
  task.dispose();
});
