import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { CaptionedGaussian } from './support/captioned-gaussian.js';
import { BATCH, createTask, meansOf, MEANS, PROMPTS, STD } from './support/learn-prompts.js';

beforeAll(async () => void (await tf.setBackend('cpu')));

describe('a teacher whose mean depends on the caption is learned from prompts alone by', () => {
  it.each(['diff-instruct', 'sid', 'sim'])('%s', async (name) => {
    const teacher = new CaptionedGaussian(MEANS, STD);
    const task = createTask(name, {}, teacher);
    for (let i = 0; i < 700; i++) await task.step(i * BATCH);
    const [red, bigBlue] = await meansOf(task, teacher, PROMPTS);
    expect(Math.abs(red! - 0.5)).toBeLessThan(0.05);
    expect(Math.abs(bigBlue! - -0.4)).toBeLessThan(0.05);
    task.dispose();
  });
});
