import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { accumulateGradients, disposeLossAndGrads, joinParts, takePart } from '@onestep/diffusion-core';
import { Parameter } from '@onestep/nn';

beforeAll(async () => void (await tf.setBackend('cpu')));

it.each([1, 2, 3, 6])('gradients accumulated over %d micro-batches are those of the whole batch', (count) => {
  const data = [1, 2, 3, 4, 5, 6];
  const p = new Parameter(tf.scalar(0.5));
  const before = tf.memory().numTensors;
  const size = data.length / count;
  const result = accumulateGradients(count, [p], (index) => {
    const share = tf.tensor1d(data.slice(index * size, (index + 1) * size));
    const loss = tf.div(tf.sum(tf.square(tf.sub(share, p.variable))), data.length) as tf.Scalar;
    return { loss, aux: { sum: tf.sum(share) } };
  });
  const mean = data.reduce((a, b) => a + b) / data.length;
  expect(result.loss.dataSync()[0]).toBeCloseTo(data.reduce((sum, x) => sum + (x - 0.5) ** 2, 0) / data.length, 5);
  expect(result.grads[0]!.dataSync()[0]).toBeCloseTo(2 * (0.5 - mean), 5);
  expect(result.aux.sum.dataSync()[0]).toBe(21);
  disposeLossAndGrads(result);
  expect(tf.memory().numTensors).toBe(before);
});

it('a gradient is absent over a batch if it is absent in all of its micro-batches', () => {
  const parameters = [1, 2, 3].map((value) => new Parameter(tf.scalar(value)));
  const { grads, absent } = accumulateGradients(2, parameters, (index) => ({
    loss: tf.square(parameters[index]!.variable) as tf.Scalar,
    aux: {},
  }));
  expect(grads.map((grad) => grad.dataSync()[0])).toEqual([2, 4, 0]);
  expect(absent).toEqual([false, false, true]);
});

it('parts of a state come out of it as they went in', () => {
  const tensor = (value: number) => ({ shape: [1], data: Float32Array.of(value) });
  const parts = { G: { w: tensor(1), 'model.w': tensor(2) }, G_ema: { w: tensor(3) } };
  const joined = joinParts(parts);
  expect(Object.keys(joined)).toEqual(['G.w', 'G.model.w', 'G_ema.w']);
  for (const [name, dict] of Object.entries(parts)) expect(takePart(joined, name)).toEqual(dict);
});
