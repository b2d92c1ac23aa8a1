import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { relativeError } from '../../../test-support/fixtures.js';
import { createGenerator, openNetwork } from '../src/index.js';
import { convertFile } from '../src/node/index.js';
import { checkDenoiser, runInWasm } from './support/onnx-files.js';
import { tinyTeacher } from './support/tiny-networks.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-onnx-'));
  await tf.setBackend('ort');
});
afterAll(() => rm(folder, { recursive: true }));

it.each(['VP', 'VE', 'EDM'] as const)('%s as an ONNX file denoises alike', (name) => checkDenoiser(folder, name));

it('an unconditional generator as an ONNX file makes the same images, for any batch', async () => {
  const [path, dest] = [join(folder, 'a.safetensors'), join(folder, 'a.onnx')];
  await writeFile(path, await tinyTeacher({ labelDim: 0, generator: { initSigma: 2.5 } }));
  await convertFile({ path, dest });
  const generator = createGenerator(await openNetwork(path))!;
  for (const n of [1, 7]) {
    const z = tf.randomNormal([n, 8, 8, 1], 0, 1, 'float32', n);
    const expected = tf.clipByValue(generator.generate(z), -1, 1).dataSync();
    expect(relativeError(await runInWasm(dest, { z }), expected)).toBeLessThan(1e-5);
  }
});
