import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '@onestep/checkpoint';
import { describeGenerator, oneHot, requireDenoiser, type Generator } from '@onestep/diffusion-core';
import { createGenerator, METHODS, openNetwork } from '../src/index.js';
import { convertFile, generatorToOnnx } from '../src/node/index.js';
import { checkModel, hasOnnxChecker } from '../../tfjs-backend-ort/test/export/support.js';
import { relativeError } from '../../../test-support/fixtures.js';
import { labelInput } from '../src/node/onnx/exported-network.js';
import { checkDenoiser, runInWasm } from './support/onnx-files.js';
import { tinyTeacher } from './support/tiny-networks.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-onnx-'));
  await tf.setBackend('ort');
});
afterAll(() => rm(folder, { recursive: true }));

async function writeGenerator(name: string): Promise<string> {
  const generator = { initSigma: 2.5, method: 'sid', alpha: 1.2 };
  await writeFile(inFolder(name), await tinyTeacher({ generator, classNames: ['sock', 'hat', 'bag'] }));
  return inFolder(name);
}

describe('a one-step generator as an ONNX file', () => {
  it('makes the same images in a browser’s engine, for any batch', async () => {
    const path = await writeGenerator('generator.safetensors');
    const dest = inFolder('generator.onnx');
    const lines = await convertFile({ path, dest });
    expect(lines.at(-1)).toMatch(/checked with ONNX Runtime: largest difference from this program \d\.\de-/);
    const generator = createGenerator(await openNetwork(path))!;
    const z = tf.randomNormal([5, 8, 8, 1], 0, 1, 'float32', 1);
    const labels = oneHot([0, 1, 2, 0, 1], 3);
    const expected = tf.clipByValue(generator.generate(z, labels), -1, 1).dataSync();
    expect(relativeError(await runInWasm(dest, { z, labels }), expected)).toBeLessThan(1e-5);
    // Skipped without Python's package onnx.
    if (!hasOnnxChecker) return;
    const { inputs, outputs, domains, metadata } = checkModel(await readFile(dest));
    expect({ inputs, outputs, domains }).toEqual({
      inputs: { z: ['batch', 8, 8, 1], labels: ['batch', 3] },
      outputs: { images: ['batch', 8, 8, 1] },
      domains: [''],
    });
    expect(metadata).toMatchObject({ kind: 'generator', init_sigma: '2.5', class_names: '["sock","hat","bag"]' });
    expect(Object.keys(JSON.parse(metadata.inputs!) as object)).toEqual(['z', 'labels']);
    expect(JSON.parse(metadata.onestep!)).toMatchObject({ imgResolution: 8, generator: { method: 'sid', alpha: 1.2 } });
  });

  it('may be a BOOT student at a scale of guidance', async () => {
    const boot = METHODS.find(({ name }) => name === 'boot')!;
    const network = requireDenoiser((await openNetwork(await tinyTeacher())).network);
    const guided = { batch: 2, guidance: [1, 4] };
    const task = boot.create({ teacher: network, options: guided as Record<string, unknown> });
    await writeFile(inFolder('boot.safetensors'), encodeSafetensors(await task.snapshot()));
    const path = inFolder('boot.safetensors');
    const lines = await convertFile({ path, dest: inFolder('boot.onnx'), guidance: 3 });
    expect(lines).toContain('  guidance 3 of 1 to 4; --guidance (guidance) takes another');
    const z = tf.randomNormal([2, 8, 8, 1], 0, 1, 'float32', 2);
    const labels = oneHot([0, 2], 3);
    const generator = createGenerator(await openNetwork(path), { guidance: 3 })!;
    const actual = await runInWasm(inFolder('boot.onnx'), { z, labels });
    const expected = tf.clipByValue(generator.generate(z, labels), -1, 1).dataSync();
    expect(relativeError(actual, expected)).toBeLessThan(1e-5);
    // The published network classes have no place for its input.
    await expect(convertFile({ path, dest: inFolder('boot.pkl') })).rejects.toThrow(/an input of boot \(guidance/);
    task.dispose();
  });

  it.each([
    [{ labelDim: 3 }, /one-hot labels of the classes/],
    [{ labelDim: 2, labels: { kind: 'vectors' as const } }, /label vectors$/],
    [{ labelDim: 2, labels: { kind: 'captions' as const } }, /captions as label vectors, by the encoder/],
  ])('says what the labels of %j are', (network, about) => {
    expect(labelInput(network).labels).toMatchObject({
      shape: [1, network.labelDim],
      about: expect.stringMatching(about) as string,
    });
  });

  it('may be anything that makes images from noise with tensors', async () => {
    const scale = tf.tensor1d([0.5, -0.5]);
    const own: Generator = {
      imgResolution: 4,
      imgChannels: 2,
      labelDim: 0,
      generate: (z) => tf.mul(tf.tanh(tf.reshape(z, [-1, 4, 4, 2])), scale) as tf.Tensor4D,
      sampleLatents: (rng, n) => ({ shape: [n, 32], data: rng.normal(n * 32) }),
    };
    const { difference, inputs } = await generatorToOnnx(own);
    expect(difference).toBeLessThan(1e-6);
    expect(inputs).toEqual({ z: 'float32 [batch, 32]: standard normal noise' });
    const dead = { ...own, generate: (z: tf.Tensor) => tf.log(tf.sub(-1, tf.abs(own.generate(z)))) as tf.Tensor4D };
    await expect(generatorToOnnx(dead)).rejects.toThrow(/it returns NaN/);
    const reading = { ...own, generate: (z: tf.Tensor) => tf.tensor4d(Float32Array.from(z.dataSync()), [1, 4, 4, 2]) };
    await expect(generatorToOnnx(reading, {}, 'my generator')).rejects.toThrow(
      /^my generator: it cannot be exported to ONNX/,
    );
  });
});

describe('a diffusion model as an ONNX file', () => {
  it('iDDPM with classes: denoises alike', () => checkDenoiser(folder, 'iDDPM'));

  it('is a generator with a noise level of its input', async () => {
    await writeFile(inFolder('teacher.safetensors'), await tinyTeacher());
    const lines = await convertFile({
      path: inFolder('teacher.safetensors'),
      dest: inFolder('one.onnx'),
      initSigma: 5,
    });
    expect(lines[0]).toContain('one-step generator');
  });
});

it('nothing is written of a network that returns NaN, or where something stands in the way', async () => {
  const { tensors, metadata } = decodeSafetensors(await tinyTeacher({ generator: { initSigma: 2.5 } }));
  const name = 'model.enc.8x8_conv.bias';
  tensors[name] = { ...tensors[name]!, data: new Float32Array(4).fill(NaN) };
  const path = inFolder('nan.safetensors');
  await writeFile(path, encodeSafetensors({ tensors, metadata }));
  const before = await readdir(folder);
  await expect(convertFile({ path, dest: inFolder('nan.onnx') })).rejects.toThrow(/NaN/);
  await expect(convertFile({ path, dest: path })).rejects.toThrow(/exists/);
  await expect(convertFile({ path, dest: inFolder('a.pkl'), guidance: 2 })).rejects.toThrow(/guidance has no effect/);
  await expect(convertFile({ path, dest: inFolder('a.tflite') })).rejects.toThrow(/must end in/);
  const unknown = { onestep: JSON.stringify(describeGenerator({ imgResolution: 8 }, { initSigma: 1 })) };
  await writeFile(inFolder('unknown.safetensors'), encodeSafetensors({ tensors, metadata: unknown }));
  await expect(convertFile({ path: inFolder('unknown.safetensors'), dest: inFolder('b.pkl') })).rejects.toThrow(
    /not one of NVlabs\/edm/,
  );
  expect((await readdir(folder)).filter((file) => file !== 'unknown.safetensors')).toEqual(before);
});
