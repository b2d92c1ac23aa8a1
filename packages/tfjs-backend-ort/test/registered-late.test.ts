import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { scaleChannels } from '@onestep/nn';

it('computes composed operations after another engine has, before this one was loaded', async () => {
  const scaled = () =>
    tf.tidy(() =>
      scaleChannels(tf.ones([1, 2, 1, 2]), tf.tensor2d([[3, 5]]))
        .dataSync()
        .slice(),
    );
  await tf.setBackend('cpu');
  expect([...scaled()]).toEqual([3, 5, 3, 5]);
  await import('@onestep/tfjs-backend-ort');
  await tf.setBackend('ort');
  expect([...scaled()]).toEqual([3, 5, 3, 5]);
});
