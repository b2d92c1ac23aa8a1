import * as tf from '@tensorflow/tfjs-core';
import { MaskRng } from '@onestep/random';
import { beforeAll, describe, expect, it } from 'vitest';
import { formulaNetwork } from '../../../parity/formula-weights.js';
import { startTestBackend } from '../../../test-support/backend.js';

const SIZE = 4;
const COUNT = 500;
const RATE = 0.3;
const ARCHITECTURES = {
  SongUNet: { model_channels: 4 },
  // Narrower networks have no attention.
  DhariwalUNet: { model_channels: 8 },
};

/** A network with weights that all matter, as they are not right after initialisation. */
function network(type: keyof typeof ARCHITECTURES) {
  const options = { channel_mult: [1], num_blocks: 1, dropout: 0, label_dropout: RATE, ...ARCHITECTURES[type] };
  const shape = { img_resolution: String(SIZE), img_channels: '1', label_dim: '2', weights: 'formula' };
  const metadata = { ...shape, kwargs: JSON.stringify({ model_type: type, ...options }) };
  return formulaNetwork({ path: type, metadata, tensors: {} });
}

/** The network's outputs for the same image over and over, a row each. */
async function outputs(denoiser: ReturnType<typeof network>, label: number[], rng?: MaskRng): Promise<number[][]> {
  const y = tf.tidy(() => {
    const image = tf.reshape(tf.range(0, 1, 1 / SIZE ** 2), [1, SIZE, SIZE, 1]);
    const labels = tf.tile(tf.tensor2d(label, [1, 2]), [COUNT, 1]) as tf.Tensor2D;
    const images = tf.tile(image, [COUNT, 1, 1, 1]) as tf.Tensor4D;
    const denoised = denoiser.denoise(images, tf.fill([COUNT], 1) as tf.Tensor1D, { labels, rng });
    return tf.reshape(denoised, [COUNT, SIZE ** 2]) as tf.Tensor2D;
  });
  const rows = await y.array();
  y.dispose();
  return rows;
}

const distance = (a: number[], b: number[]) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe.each(Object.keys(ARCHITECTURES) as (keyof typeof ARCHITECTURES)[])('label dropout of %s', (type) => {
  beforeAll(startTestBackend);

  it('turns labels into the null label at its rate in training, whole and by image, and never otherwise', async () => {
    const denoiser = network(type).train(false);
    const [shown] = await outputs(denoiser, [0, 1]);
    const [dropped] = await outputs(denoiser, [0, 0]);
    expect(distance(shown!, dropped!)).toBeGreaterThan(0.01);
    for (const row of await outputs(denoiser, [0, 1], new MaskRng([1, 2]))) {
      expect(distance(row, shown!)).toBeLessThan(1e-5);
    }

    denoiser.train(true);
    const rows = await outputs(denoiser, [0, 1], new MaskRng([1, 2]));
    const isDropped = rows.map((row) => distance(row, dropped!) < 1e-5);
    rows.forEach((row, i) => expect(distance(row, isDropped[i] ? dropped! : shown!)).toBeLessThan(1e-5));
    const share = isDropped.filter(Boolean).length / COUNT;
    // Four standard deviations.
    expect(Math.abs(share - RATE)).toBeLessThan(4 * Math.sqrt((RATE * (1 - RATE)) / COUNT));
    const others = await outputs(denoiser, [0, 1], new MaskRng([1, 3]));
    expect(others.map((row) => distance(row, dropped!) < 1e-5)).not.toEqual(isDropped);
    expect(() => denoiser.denoise(tf.zeros([1, SIZE, SIZE, 1]), tf.ones([1]), {})).toThrow('needs a MaskRng');
    denoiser.dispose();
  });
});
