import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { LabelPrior, MicroBatches } from '@onestep/diffusion-core';
import { MaskRng, Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const SPLITS = [
  [6, 6],
  [6, 3],
  [6, 1],
] as const;
const split = (batch: number, batchGpu: number) => new MicroBatches({ batch, batchGpu });
const indices = ({ count }: MicroBatches) => Array.from({ length: count }, (_, index) => index);

describe('MicroBatches', () => {
  it.each(SPLITS)('of a batch of %i, %i at a time, hold every number once, in order', (batch, batchGpu) => {
    const micro = split(batch, batchGpu);
    const data = Float32Array.from({ length: batch * 4 }, (_, i) => i);
    const parts = indices(micro).map((index) => micro.tensor<tf.Rank.R4>(data, index, [2, 2, 1]));
    for (const part of parts) expect(part.shape).toEqual([batchGpu, 2, 2, 1]);
    expect(parts.flatMap((part) => [...part.dataSync()])).toEqual([...data]);
    expect(micro.tensor(data, 0, []).shape).toEqual([batchGpu]);
  });

  it.each(SPLITS)('of a batch of %i, %i at a time, have the labels of their own images', (batch, batchGpu) => {
    const micro = split(batch, batchGpu);
    const classes = Int32Array.of(2, 0, 1, 1, 2, 0);
    const labels = indices(micro).map((index) => micro.labels(classes, index, new LabelPrior({ labelDim: 3 }))!);
    expect(labels.flatMap((part) => [...tf.argMax(part, 1).dataSync()])).toEqual([...classes]);
    expect(micro.labels(new Int32Array(0), 0, new LabelPrior({ labelDim: 0 }))).toBeUndefined();
  });

  it.each(SPLITS)('of a batch of %i, %i at a time, draw the same dropout masks', (batch, batchGpu) => {
    const micro = split(batch, batchGpu);
    const source = () => MaskRng.draw(new Rng(1));
    const masks = micro.masks();
    expect(masks).toHaveLength(batch / batchGpu);
    // Draws before the batch begins are forgotten.
    masks[0]!.seeds(batchGpu);
    micro.restartMasks(masks, source());
    const expected = source();
    for (let layer = 0; layer < 2; layer++) {
      const drawn = masks.flatMap((mask) => [...mask.seeds(batchGpu)]);
      expect(drawn).toEqual([...expected.seeds(batch)]);
    }
  });

  it.each(SPLITS)(
    'of a batch of %i, %i at a time, run a step once, and free what it does not return',
    async (batch, batchGpu) => {
      let calls = 0;
      const step = split(batch, batchGpu).compileTurns(function* ({ x }: { x: tf.Tensor }) {
        calls += 1;
        if (batch > batchGpu) yield;
        return { y: tf.add(tf.mul(x, 2), 1) };
      });
      const before = tf.memory().numTensors;
      const { y } = await step(() => ({ x: tf.tensor1d([1, 2]) }));
      expect([...y.dataSync()]).toEqual([3, 5]);
      y.dispose();
      expect(tf.memory().numTensors).toBe(before);
      expect(calls).toBe(1);
    },
  );
});
