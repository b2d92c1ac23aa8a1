import { fileURLToPath } from 'node:url';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Rng } from '@onestep/random';
import {
  loadGenerator,
  loadTeacher,
  MODELS,
  NetworkRoleError,
  openNetwork,
  type OneStepGenerator,
} from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { tinyTeacher } from './support/tiny-networks.js';

const { generator: generatorFile, teacher: teacherFile } = MODELS['fashion-mnist'];
let folder: string;
let generator: OneStepGenerator;

beforeAll(async () => {
  await startTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'onestep-'));
  generator = await loadGenerator('fashion-mnist');
});
afterAll(() => rm(folder, { recursive: true }));

describe('the generator that comes with the package', () => {
  it('says what it is', () => {
    expect(generator).toMatchObject({
      resolution: 32,
      channels: 1,
      record: { initSigma: 2.5, method: 'sida' },
    });
    expect(generator.classNames).toHaveLength(10);
    expect([generator.classNames[0], generator.classNames[9]]).toEqual(['T-shirt/top', 'Ankle boot']);
    expect(generator.network.module.parameterCount()).toBe(MODELS['fashion-mnist'].parameters);
  });

  it('gives a seed the same bits alone, in a batch, in any place and next to any other', async () => {
    const seeds = Array.from({ length: 19 }, (_, i) => 7 * i);
    const together = await generator.sample({ seeds, class: 9 });
    expect(together).toHaveLength(19);
    for (const i of [0, 7, 8, 18]) {
      const [alone] = await generator.sample({ seeds: [seeds[i]!], class: 9 });
      expect(alone).toEqual(together[i]);
    }
    const shuffled = await generator.sample({ seeds: [...seeds].reverse(), class: 9 });
    expect(shuffled.reverse()).toEqual(together);
    const random = await generator.sample({ seeds: [3, 4, 5] });
    expect(await generator.sample({ seeds: [5] })).toEqual([random[2]]);
    expect(together[0]).toMatchObject({ width: 32, height: 32, channels: 1 });
    expect(together[0]!.data).toHaveLength(1024);
    expect(Math.max(...together[0]!.data)).toBeGreaterThan(150);
  });

  it('takes classes by index or name, one for all or one for each', async () => {
    const byIndex = await generator.sample({ seeds: [1, 1], class: [8, 9] });
    expect(await generator.sample({ seeds: [1, 1], class: ['Bag', 'Ankle boot'] })).toEqual(byIndex);
    expect(await generator.sample({ seeds: [1], class: 'Bag' })).toEqual([byIndex[0]]);
    expect(byIndex[0]!.data).not.toEqual(byIndex[1]!.data);
  });

  it('reports progress, and stops between batches', async () => {
    const seen: number[] = [];
    await generator.sample({ seeds: [0, 1, 2, 3, 4], batch: 2, onProgress: (done, total) => seen.push(done / total) });
    expect(seen).toEqual([0.4, 0.8, 1]);
    const controller = new AbortController();
    const stopped = generator.sample({
      seeds: [0, 1, 2, 3],
      batch: 2,
      signal: controller.signal,
      onProgress: () => controller.abort('enough'),
    });
    await expect(stopped).rejects.toBe('enough');
  });

  it.each([
    [{ seeds: [-1] }, 'A seed must be an integer from 0, not -1.'],
    [{ seeds: [0.5] }, 'A seed must be an integer from 0, not 0.5.'],
    [{ seeds: 7 }, 'seeds must be a list of integers from 0, not 7.'],
    [{ seeds: [0], class: 10 }, /^Class 10 does not exist: .* 0 \(T-shirt\/top\), .* 9 \(Ankle boot\)\.$/],
    [{ seeds: [0], class: 'boot' }, /^Class "boot" does not exist: .* 9 \(Ankle boot\)\.$/],
    [{ seeds: [0, 1], class: [1] }, 'There are 1 classes for 2 seeds'],
    [{ seeds: [0], batch: 0 }, 'batch must be an integer from 1, not 0.'],
    [{ seeds: [0], prompt: 'a bag', class: 8 }, 'Pass a prompt, a class or a label vector, but not several of them.'],
    [{ seeds: [0], prompt: ['a bag', 'a boot'] }, 'There are 2 prompts for 1 seeds'],
  ])('refuses %j', async (options, message) => {
    await expect(generator.sample(options as never)).rejects.toThrow(message);
  });

  it('is the same from a path, a URL, bytes and a file, and after it was saved', async () => {
    const expected = await generator.sample({ seeds: [4], class: 2 });
    const bytes = await generator.toBytes();
    const path = join(folder, 'saved.safetensors');
    await writeFile(path, bytes);
    const sources = [
      path,
      generatorFile.url,
      bytes,
      bytes.slice().buffer,
      new File([bytes.slice()], 'dropped.safetensors'),
    ];
    for (const source of sources) {
      const loaded = await loadGenerator(source);
      expect(await loaded.sample({ seeds: [4], class: 2 })).toEqual(expected);
      expect([loaded.record, loaded.classNames]).toEqual([generator.record, generator.classNames]);
      loaded.dispose();
    }
  });

  it('gives its tensors one level below', () => {
    const { generator: below } = generator;
    const { shape, data } = below.sampleLatents(new Rng(0), 2);
    const images = tf.tidy(() =>
      below.generate(
        tf.tensor(data, shape),
        tf.oneHot(tf.tensor1d([8, 9], 'int32'), 10, 1, 0, 'float32') as tf.Tensor2D,
      ),
    );
    expect(images.shape).toEqual([2, 32, 32, 1]);
    images.dispose();
  });

  it('frees its memory', async () => {
    const before = tf.memory().numTensors;
    const loaded = await loadGenerator(generatorFile.url);
    await loaded.sample({ seeds: [0] });
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('a file that is not a one-step generator', () => {
  it('is explained, with a way out', async () => {
    const missing = join(folder, 'missing.safetensors');
    await expect(loadGenerator(missing)).rejects.toThrow(`${missing}: there is no such file.`);
    await expect(loadGenerator('fashion-mnst')).rejects.toThrow(
      /neither a model nor a file "fashion-mnst"\. Did you mean fashion-mnist/,
    );
    const page = new File(['<!DOCTYPE html>\n<title>Not found</title>'], 'page.safetensors');
    await expect(loadGenerator(page)).rejects.toThrow('page.safetensors: it is a web page, not a file of weights');
    const bytes = await generator.toBytes();
    await expect(loadGenerator(bytes.subarray(0, 5000), { name: 'torn' })).rejects.toThrow(
      /^torn: not a valid safetensors/,
    );
    await expect(loadGenerator(3 as never)).rejects.toThrow(/a path, a URL, a Uint8Array.*, not 3\.$/);
  });

  it('is a diffusion model: loadTeacher takes it, or a noise level makes it one', async () => {
    const refused = loadGenerator(teacherFile.url);
    await expect(refused).rejects.toThrow(/load it with loadTeacher, or pass initSigma/);
    await expect(refused).rejects.toBeInstanceOf(NetworkRoleError);
    await expect(refused).rejects.toMatchObject({ role: 'teacher' });
    await expect(loadGenerator(teacherFile.url, { initSigma: 0 })).rejects.toThrow(
      'initSigma must be a number above 0',
    );
    const singleStep = await loadGenerator(teacherFile.url, { initSigma: 2.5 });
    const again = await loadGenerator(await singleStep.toBytes());
    expect(again.record).toEqual({ initSigma: 2.5 });
    expect(await again.sample({ seeds: [1], class: 1 })).toEqual(await singleStep.sample({ seeds: [1], class: 1 }));
  });

  it('is refused by loadTeacher', async () => {
    await expect(loadTeacher(fileURLToPath(generatorFile.url))).rejects.toThrow(/load it with loadGenerator\.$/);
  });
});

describe('networks of other kinds', () => {
  it('without classes', async () => {
    const loaded = await loadGenerator(await tinyTeacher({ labelDim: 0, generator: { initSigma: 2 } }));
    expect([loaded.classNames, loaded.resolution]).toEqual([[], 8]);
    expect(await loaded.sample({ seeds: [0] })).toHaveLength(1);
    await expect(loaded.sample({ seeds: [0], class: 0 })).rejects.toThrow(/unconditional: leave the class out/);
  });

  it('without class names', async () => {
    const loaded = await loadGenerator(await tinyTeacher({ generator: { initSigma: 2 } }));
    expect(loaded.classNames).toEqual(['class 0', 'class 1', 'class 2']);
    await expect(loaded.sample({ seeds: [0], class: 3 })).rejects.toThrow('classes 0 to 2.');
    expect(JSON.stringify(await openNetwork(await loaded.toBytes()).then((file) => file.classNames))).toBe('null');
  });

  it('with names of classes, in capital letters or not, and with frequencies', async () => {
    const named = { classNames: ['Cat', 'cat', 'Dog'], labels: { kind: 'classes', frequencies: [0, 0, 5] } } as const;
    const loaded = await loadGenerator(await tinyTeacher({ ...named, generator: { initSigma: 2 } }));
    const dogs = await loaded.sample({ seeds: [1, 2, 3], class: 2 });
    for (const choice of ['Dog', 'dog', ' DOG ']) {
      expect(await loaded.sample({ seeds: [1, 2, 3], class: choice })).toEqual(dogs);
    }
    await expect(loaded.sample({ seeds: [1], class: 'CAT' })).rejects.toThrow('Class "CAT" does not exist');
    // A class that never occurred is never drawn.
    expect(await loaded.sample({ seeds: [1, 2, 3] })).toEqual(dogs);
    const cats = await loaded.sample({ seeds: [1], class: 'Cat' });
    expect(await loaded.sample({ seeds: [1], classProbabilities: [1, 0, 0] })).toEqual(cats);
    await expect(loaded.sample({ seeds: [1], classProbabilities: [1, 0] })).rejects.toThrow('length 2');
    const saved = await loadGenerator(await loaded.toBytes());
    expect([saved.labels, saved.classNames]).toEqual([named.labels, named.classNames]);
  });

  it('that take label vectors', async () => {
    const labels = { kind: 'vectors', rows: [[0.5, -1, 0.25]] } as const;
    const loaded = await loadGenerator(await tinyTeacher({ labels, generator: { initSigma: 2 } }));
    expect(loaded.classNames).toEqual([]);
    const occurred = await loaded.sample({ seeds: [4], label: [0.5, -1, 0.25] });
    expect(await loaded.sample({ seeds: [4] })).toEqual(occurred);
    expect(await loaded.sample({ seeds: [4], label: [1, 0, 0] })).not.toEqual(occurred);
    const refused: [object, RegExp][] = [
      [{ class: 0 }, /takes label vectors of 3 numbers: pass a label such as 0.5,-1,0.25/],
      [{ class: 'Dog' }, /Class Dog was requested, but this network takes label vectors/],
      [{ label: [1] }, /label 1 does not fit: this network takes labels of 3 numbers/],
      [{ label: [1, 0, NaN] }, /does not fit/],
      [{ class: 0, label: [1, 0, 0] }, /a class or a label vector, but not both/],
    ];
    for (const [choice, message] of refused)
      await expect(loaded.sample({ seeds: [4], ...choice })).rejects.toThrow(message);
    const wrong = tinyTeacher({ labels: { kind: 'vectors', rows: [[1]] } });
    await expect(wrong.then((bytes) => loadTeacher(bytes))).rejects.toThrow('rows that are not lists of 3 numbers');
  });

  it('that take the scale of guidance', async () => {
    const weight = { shape: [8, 3], data: Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)) };
    const file = {
      generator: { method: 'boot', initSigma: 2, guidance: [1, 3] },
      tensors: { 'guidance.weight': weight },
    };
    const bytes = await tinyTeacher(file);
    const [middle, same, other] = await Promise.all(
      [undefined, 2, 3].map(async (guidance) =>
        (await loadGenerator(bytes, { guidance })).sample({ seeds: [0], class: 1 }),
      ),
    );
    expect(same).toEqual(middle);
    expect(other).not.toEqual(middle);
    await expect(loadGenerator(bytes, { guidance: 4 })).rejects.toThrow(/guidance from 1 to 3, not 4/);
    const again = await loadGenerator(await (await loadGenerator(bytes)).toBytes());
    expect(await again.sample({ seeds: [0], class: 1 })).toEqual(middle);
    await expect(loadGenerator('fashion-mnist', { guidance: 2 })).rejects.toThrow(/no input for the scale of guidance/);
  });

  it('that were trained by a method which is not known', async () => {
    const extra = { shape: [1], data: Float32Array.of(1) };
    const file = { generator: { method: 'mine', initSigma: 2, head: {} }, tensors: { 'head.weight': extra } };
    await expect(loadGenerator(await tinyTeacher(file))).rejects.toThrow(
      /by the method "mine".* pass it in the option methods/,
    );
  });
});
