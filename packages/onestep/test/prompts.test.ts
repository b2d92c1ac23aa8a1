import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { encodePrompts, promptLabels, type ImageBatch, type ImageBatchSource } from '@onestep/diffusion-core';
import type { PhaseDraws } from '@onestep/score-distillation';
import { findMethod } from '../src/methods.js';
import { CaptionedGaussian } from './support/captioned-gaussian.js';
import { BATCH, createTask, meansOf, MEANS, PROMPTS, STD } from './support/learn-prompts.js';
import { expectSameTraining } from './support/shared-training.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

it('Diff-Instruct learns means that depend on captions from prompts alone, away from a negative prompt', async () => {
  const teacher = new CaptionedGaussian(MEANS, STD);
  const task = createTask('diff-instruct', { guidance: 2, negativePrompt: 'big' }, teacher);
  for (let i = 0; i < 250; i++) await task.step(i * BATCH);
  // The mean moves on by w - 1 times the difference.
  const [red, bigBlue] = await meansOf(task, teacher, PROMPTS);
  expect(Math.abs(red! - (0.5 + (0.5 - 0.2)))).toBeLessThan(0.1);
  expect(Math.abs(bigBlue! - (-0.4 + (-0.4 - 0.2)))).toBeLessThan(0.1);
  const { labels } = JSON.parse((await task.snapshot()).metadata.onestep!) as { labels: { captions: string[] } };
  expect(labels.captions).toEqual(PROMPTS);
  task.dispose();
});

it('a guided fake score network learns some images with the negative prompt, with which guidance compares', async () => {
  const teacher = new CaptionedGaussian(MEANS, STD);
  const labels = promptLabels(teacher, PROMPTS);
  const labelsOf = async (negativePrompt: string | null) => {
    const options = { batch: 2, guidance: 2, guidanceWhere: 'both' as const, negativePrompt };
    const task = diffInstruct.create({ teacher, labels, options });
    const draws = { classes: Int32Array.of(0, 1) } as PhaseDraws;
    const rows = task.uploads.labels({ name: 'fakeScore', draws, kept: Float32Array.of(1, 0) }, 0)!;
    const values = await rows.data();
    task.dispose();
    return values;
  };
  expect(await labelsOf('big')).toEqual(encodePrompts(teacher, ['red', 'big']));
  expect(await labelsOf(null)).toEqual(encodePrompts(teacher, ['red', '']));
});

it('goes on bit for bit from a state, with the same prompts', async () => {
  const [whole, resumed] = [createTask('sid'), createTask('sid')];
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
