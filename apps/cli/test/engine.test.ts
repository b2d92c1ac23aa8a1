import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { diffInstruct } from '@onestep/diff-instruct';
import { AugmentPipe, EdmTrainingTask, PreconditionedNetwork, TRAINING_AUGMENTATION } from '@onestep/edm';
import { Rng } from '@onestep/random';
import { sid } from '@onestep/sid';
import type { OrtBackend } from '@onestep/tfjs-backend-ort';
import { sampleImages, type TrainingTask } from '@onestep/diffusion-core';
import { TEACHER_PATH } from '../src/assets.js';
import { startEngine } from '../src/engine.js';
import { loadTeacher } from '../src/networks/load-network.js';

const BATCH = 4;
const engine = () => tf.backend() as OrtBackend;

beforeAll(async () => {
  await startEngine('ort');
  engine().forbidFallback = true;
});

/** Steps a task with the engine forbidden to fall back; checks that only the first steps compile, allocate and record. */
async function expectSteady(task: TrainingTask): Promise<void> {
  await task.step(0);
  await task.step(BATCH);
  const { compiles, replays } = engine().counters();
  const { numTensors } = tf.memory();
  for (let step = 2; step < 5; step++) {
    for (const value of Object.values(await task.step(step * BATCH))) expect(value).not.toBeNaN();
  }
  expect(engine().counters().compiles).toBe(compiles);
  expect(engine().counters().replays).toBeGreaterThanOrEqual(replays + 2);
  expect(tf.memory().numTensors).toBe(numTensors);
}

describe('on the default engine, with the teacher that comes with the program', () => {
  it('a step of EDM training falls back nowhere, and compiles and allocates nothing after warm-up', async () => {
    const network = await loadTeacher(TEACHER_PATH);
    const images = Uint8Array.from(new Rng(0).integers(BATCH * 32 * 32, 256));
    const labels = new Float32Array(BATCH * 10);
    for (let i = 0; i < BATCH; i++) labels[i * 10 + i] = 1;
    const batches = {
      next: async () => ({ images, labels, count: BATCH }),
      state: () => null,
      restore: () => undefined,
    };
    const task = new EdmTrainingTask({ network, batches, options: { batch: BATCH, lrWarmupKimg: 1 } });
    await expectSteady(task);
    task.dispose();
  });

  it('sampling compiles one graph for all noise levels, and falls back nowhere', async () => {
    const denoiser = await loadTeacher(TEACHER_PATH);
    const { compiles } = engine().counters();
    const { numTensors } = tf.memory();
    const { evaluations } = await sampleImages({ denoiser, seeds: [0, 1, 2, 3], options: { steps: 4 } });
    expect(evaluations).toBe(7);
    expect(engine().counters().compiles).toBe(compiles + 1);
    expect(tf.memory().numTensors).toBe(numTensors);
    denoiser.module.dispose();
  });

  it('so does a step of Diff-Instruct, with dropout, augmentation and a bound on the gradients', async () => {
    const augmentation = new AugmentPipe({ ...TRAINING_AUGMENTATION, p: 0.5 });
    const shape = { modelChannels: 8, channelMult: [1, 1], numBlocks: 1, attnResolutions: [4], augmentDim: 9 };
    const teacher = new PreconditionedNetwork(
      { imgResolution: 8, imgChannels: 1, labelDim: 3, model: { modelType: 'SongUNet', ...shape } },
      new Rng(1),
    );
    const task = diffInstruct.create({ teacher, augmentation, options: { batch: BATCH, clipGradNorm: 1 } });
    await expectSteady(task);
    task.dispose();
    teacher.module.dispose();
  });

  it('so does a guided step, of both networks with dropped labels, or with the scale as an input', async () => {
    const shape = { modelChannels: 8, channelMult: [1, 1], numBlocks: 1, attnResolutions: [] };
    const teacher = new PreconditionedNetwork(
      { imgResolution: 8, imgChannels: 1, labelDim: 3, model: { modelType: 'SongUNet', ...shape } },
      new Rng(1),
    );
    const limits = { guidanceInterval: [0.1, 5], guidanceLimit: 'dynamic' } as const;
    for (const guidance of [
      { guidance: 2, guidanceWhere: 'both', ...limits } as const,
      { guidance: [1, 4] } as const,
    ]) {
      const task = sid.create({ teacher, options: { batch: BATCH, ...guidance } });
      await expectSteady(task);
      task.dispose();
    }
    teacher.module.dispose();
  });

  it('a step of SiD falls back nowhere, and compiles and allocates nothing after warm-up', async () => {
    const teacher = await loadTeacher(TEACHER_PATH);
    const task = sid.create({ teacher, options: { batch: BATCH } });
    await expectSteady(task);
    task.dispose();
    teacher.module.dispose();
  });
});
