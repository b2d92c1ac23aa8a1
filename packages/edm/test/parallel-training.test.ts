import * as tf from '@tensorflow/tfjs-core';
import { configure, OrtBackend } from '@onestep/tfjs-backend-ort';
import { Rng } from '@onestep/random';
import { afterAll, describe, expect, it } from 'vitest';
import { EdmTrainingTask, PreconditionedNetwork } from '../src/index.js';

const RESOLUTION = 16;
const BATCH = 32;
const STEPS = 4;

afterAll(() => configure({ threads: 1 }));

async function useThreads(threads: number): Promise<OrtBackend> {
  configure({ threads });
  tf.removeBackend('ort');
  tf.registerBackend('ort', () => new OrtBackend());
  await tf.setBackend('ort');
  return tf.backend() as OrtBackend;
}

function createTask(): EdmTrainingTask {
  const network = new PreconditionedNetwork(
    {
      imgResolution: RESOLUTION,
      imgChannels: 1,
      labelDim: 0,
      model: {
        modelType: 'SongUNet',
        modelChannels: 16,
        channelMult: [1, 2],
        numBlocks: 1,
        attnResolutions: [8],
        dropout: 0.1,
      },
    },
    new Rng(1),
  );
  const images = Uint8Array.from(new Rng(2).integers(BATCH * RESOLUTION ** 2, 256));
  const batches = {
    next: async () => ({ images, labels: null, count: BATCH }),
    state: () => null,
    restore: () => undefined,
  };
  return new EdmTrainingTask({ network, batches, options: { batch: BATCH, lr: 1e-3, lrWarmupKimg: 0, seed: 5 } });
}

async function losses(task: EdmTrainingTask, from: number, to: number): Promise<number[]> {
  const found: number[] = [];
  for (let i = from; i < to; i++) found.push((await task.step(i * BATCH))['Loss/loss'].mean);
  return found;
}

describe('EDM training with two threads, which compute halves of a batch', () => {
  it('has the losses of one thread, with dropout, and is one graph that is replayed', async () => {
    await useThreads(1);
    const alone = createTask();
    const expected = await losses(alone, 1, 1 + STEPS);
    const ort = await useThreads(2);
    const halves = createTask();
    const found = await losses(halves, 1, 1 + STEPS);
    found.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i]!, 5));
    expect(ort.counters()).toMatchObject({ compiles: 1, replays: STEPS - 2 });
  });

  it('continues from a state exactly as if it had not been interrupted', async () => {
    await useThreads(2);
    const straight = createTask();
    await losses(straight, 1, 3);
    const state = await straight.state();
    const expected = await losses(straight, 3, 6);
    const resumed = createTask();
    await resumed.restore(state);
    expect(await losses(resumed, 3, 6)).toEqual(expected);
    expect(await resumed.state()).toEqual(await straight.state());
  });
});
