import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { MODELS } from 'onestep';
import { Rng } from '@onestep/random';
import { exportOnnx } from '@onestep/tfjs-backend-ort';
import { checkModel, hasOnnxChecker, modelDifference } from '../../../packages/tfjs-backend-ort/test/export/support.js';
import { startEngine } from '../src/engine.js';
import { loadGenerator } from '../src/networks/load-network.js';

const STUDENT_PATH = fileURLToPath(MODELS['fashion-mnist'].generator.url);
const INPUTS = { latents: { shape: [1, 32, 32, 1] }, labels: { shape: [1, 10] } };

it('the generator that comes with the program is a standard ONNX file that makes the same images', async () => {
  await startEngine('ort');
  const student = await loadGenerator(STUDENT_PATH);
  const generate = (latents: tf.Tensor4D, labels: tf.Tensor2D) => ({ images: student.generate(latents, labels) });
  const model = exportOnnx(generate, INPUTS);
  for (const n of [1, 7, 32]) {
    const { shape, data } = student.sampleLatents(new Rng(n), n);
    const classes = tf.tensor1d(
      Array.from({ length: n }, (_, i) => i % 10),
      'int32',
    );
    const feeds = { latents: tf.tensor4d(data, shape as never), labels: tf.oneHot(classes, 10, 1, 0, 'float32') };
    const expected = generate(feeds.latents, feeds.labels as tf.Tensor2D);
    expect(await modelDifference(model, feeds, expected)).toBeLessThan(1e-5);
  }
  if (!hasOnnxChecker) return;
  expect(checkModel(model)).toMatchObject({
    domains: [''],
    inputs: { latents: ['batch', 32, 32, 1], labels: ['batch', 10] },
    outputs: { images: ['batch', 32, 32, 1] },
  });
});
