import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { generateImages, hasOwnLatents, PixelGenerator, type PixelSettings } from '@onestep/diffusion-core';
import { Rng } from '@onestep/random';

beforeAll(async () => void (await tf.setBackend('cpu')));

const settings = (labelDim: number): PixelSettings => ({
  imgResolution: 2,
  imgChannels: 1,
  labelDim,
  model: { type: 'pixels', pictures: 3 },
});
const rowsOf = (values: Float32Array) =>
  Array.from({ length: values.length / 4 }, (_, i) => [...values.subarray(4 * i, 4 * i + 4)]);

it('shows its pictures in order, and those of a class', async () => {
  const generator = new PixelGenerator(settings(2), new Rng(1));
  const { data } = (await generator.module.stateDict()).pictures!;
  const pictures = rowsOf(data as Float32Array);
  expect(pictures).toHaveLength(6);
  const shown = await generateImages({ generator, seeds: [0, 1, 2, 3], classIndex: 1 });
  expect(rowsOf(shown)).toEqual([pictures[3], pictures[4], pictures[5], pictures[3]]);
  const mixed = await generateImages({ generator, seeds: [0, 0], classes: [0, 1] });
  expect(rowsOf(mixed)).toEqual([pictures[0], pictures[3]]);
});

it('has a gradient for the pictures that a batch shows, and draws all of them', async () => {
  const generator = new PixelGenerator(settings(0), new Rng(1));
  const variable = generator.module.parameters()[0]!.variable;
  const { data, shape } = generator.latentOf(1);
  const { grads } = tf.variableGrads(() => tf.sum(generator.generate(tf.tensor(data, shape))), [variable]);
  expect(rowsOf((await Object.values(grads)[0]!.data()) as Float32Array).map(([pixel]) => pixel)).toEqual([0, 1, 0]);
  const drawn = generator.sampleLatents(new Rng(2), 300);
  const counts = [0, 1, 2].map((k) => drawn.data.filter((value, i) => i % 3 === k && value === 1).length);
  for (const count of counts) expect(count).toBeGreaterThan(70);
  expect(hasOwnLatents(generator)).toBe(true);
});
