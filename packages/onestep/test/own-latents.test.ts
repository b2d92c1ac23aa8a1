import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, type StateDict } from '@onestep/checkpoint';
import { networkMetadata, SETTINGS_ENTRY } from '@onestep/diffusion-core';
import { distill, loadGenerator, loadTeacher, METHODS, type OneStepGenerator, type Teacher } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { givenData } from '../../../test-support/given-data.js';
import { tinyTeacher } from './support/tiny-networks.js';

const CLASSES = ['circle', 'square', 'star'];
let teacher: Teacher;
let pictures: OneStepGenerator;

beforeAll(async () => {
  await startTestBackend();
  teacher = await loadTeacher(await tinyTeacher({ classNames: CLASSES }), { name: 'tiny' });
  pictures = await distill({ teacher, method: 'diff-instruct', generator: 'pixels', preset: 'small', kimg: 0.01 });
});

describe('a generator with latents of its own', () => {
  it('is its file, and names its classes', async () => {
    expect(pictures.record).toEqual({ method: 'diff-instruct' });
    const loaded = await loadGenerator(await pictures.toBytes());
    expect([loaded.record, loaded.classNames]).toEqual([pictures.record, CLASSES]);
    const images = await pictures.sample({ seeds: [0, 1], class: 'star' });
    expect(await loaded.sample({ seeds: [0, 1], class: 'star' })).toEqual(images);
    loaded.dispose();
  });

  it('has no noise level, and refuses what belongs to others', async () => {
    const bytes = await pictures.toBytes();
    await expect(loadGenerator(bytes, { initSigma: 1, name: 'p' })).rejects.toThrow(
      'p has latents of its own, and takes no `initSigma`: leave it out.',
    );
    await expect(loadGenerator(bytes, { psi: 0.7, name: 'p' })).rejects.toThrow(/takes no `psi`: leave it out/);
    await expect(loadTeacher(bytes, { name: 'p' })).rejects.toThrow(/p: it is a one-step generator, not a diffusion/);
    await expect(pictures.sample({ seeds: [0], steps: 2 })).rejects.toThrow(/it makes images in one step only/);
    const student = await tinyTeacher({ generator: { initSigma: 1 } });
    await expect(loadGenerator(student, { noise: 'random', name: 's' })).rejects.toThrow(
      's is made of a denoiser, and takes no `noise`: leave it out.',
    );
  });

  it('needs no noise level in its record, which a denoiser does', async () => {
    const { tensors, metadata } = decodeSafetensors(await tinyTeacher(), 'a');
    const settings = JSON.parse(metadata[SETTINGS_ENTRY]!) as Record<string, unknown>;
    const encode = (dict: StateDict, described: Record<string, unknown>) =>
      encodeSafetensors({ tensors: dict, metadata: networkMetadata(described) });
    for (const generator of [{}, { method: 'sid' }, { initSigma: 0 }, { initSigma: 'a' }, []]) {
      await expect(loadGenerator(encode(tensors, { ...settings, generator }), { name: 'a' })).rejects.toThrow(
        'a: its metadata describe a one-step generator without a valid initSigma.',
      );
    }
    const own = decodeSafetensors(await pictures.toBytes(), 'b');
    const ofPictures = JSON.parse(own.metadata[SETTINGS_ENTRY]!) as Record<string, unknown>;
    const { generator: _, ...unsaid } = ofPictures;
    expect((await loadGenerator(encode(own.tensors, unsaid))).record).toEqual({});
    const wrong = encode(own.tensors, { ...ofPictures, model: { type: 'pixels', pictures: 0 } });
    await expect(loadGenerator(wrong, { name: 'b' })).rejects.toThrow('b: its settings are not those of pictures.');
    const few = encode(own.tensors, { ...ofPictures, model: { type: 'pixels', pictures: 2 } });
    await expect(loadGenerator(few, { name: 'b' })).rejects.toThrow(/^b: pictures has shape \[30,8,8,1\]/);
  });

  // Those with a fake score network differ in their losses, which see images only: one of each kind.
  it.each(['diff-instruct', 'sid', 'dmd2'])('is trained by %s, and stays what it is', async (method) => {
    const value = METHODS.find(({ name }) => name === method)!;
    const given = givenData(value, teacher.network, 4);
    const before = tf.memory().numTensors;
    const options = { batch: 4 };
    const student = await distill({ teacher, method, generator: pictures, preset: 'small', options, kimg: 0.004, ...given });
    expect(student.record).toMatchObject({ method });
    expect(student.record.initSigma).toBeUndefined();
    student.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(METHODS.filter(({ ownLatents }) => !ownLatents).map((method) => [method.name, method] as const))(
    'is refused by %s, which needs images of noise',
    async (method, value) => {
      const given = givenData(value, teacher.network, 4);
      const refused = distill({ teacher, method, generator: 'pixels', options: { batch: 4 }, kimg: 1, ...given });
      await expect(refused).rejects.toThrow(
        `does not begin with an image of noise: ${value.title} cannot train it. Methods such as diff-instruct and sid can.`,
      );
    },
  );

  it('has no noise level in training, and learns no pairs', async () => {
    const args = { teacher, method: 'sid', generator: 'pixels', kimg: 1 } as const;
    await expect(distill({ ...args, options: { initSigma: 1 } })).rejects.toThrow(
      /so initSigma has no meaning: leave it out/,
    );
    const kd = METHODS.find(({ name }) => name === 'kd')!;
    const { pairs } = givenData(kd, teacher.network, 4);
    await expect(distill({ ...args, regression: { pairs: pairs! } })).rejects.toThrow(/Leave `regression` out/);
  });
});
