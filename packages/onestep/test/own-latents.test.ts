import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors, toFloat32, type StateDict } from '@onestep/checkpoint';
import { networkMetadata, SETTINGS_ENTRY, toUint8 } from '@onestep/diffusion-core';
import { NumpyRandomState, Rng } from '@onestep/random';
import {
  distill,
  loadGenerator,
  loadTeacher,
  METHODS,
  type LoadGeneratorOptions,
  type OneStepGenerator,
  type Teacher,
} from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { FIXTURES, hasFixtures } from '../../../test-support/fixtures.js';
import { givenData } from '../../../test-support/given-data.js';
import { tinyGan } from '../../../test-support/tiny-gan.js';
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

describe('a GAN', () => {
  it('makes images in another way where it is told to: truncation, and noise of the seed', async () => {
    const bytes = await tinyGan(8, 3);
    const open = (options: LoadGeneratorOptions = {}) => loadGenerator(bytes, { name: 'gan', ...options });
    const sampled = async (options?: LoadGeneratorOptions) => {
      const gan = await open(options);
      const [first, again] = await gan.sample({ seeds: [5, 5], class: 1 });
      gan.dispose();
      expect(again).toEqual(first);
      return first!.data;
    };
    const usual = await sampled();
    expect(await sampled({ psi: 1, cutoff: null, noise: 'const' })).toEqual(usual);
    const others = [await sampled({ psi: 0.2 }), await sampled({ noise: 'random' }), await sampled({ noise: 'none' })];
    for (const other of others) expect(other).not.toEqual(usual);
    const published = await open({ numpySeeds: true });
    const z = tf.tensor2d(Float32Array.from(new NumpyRandomState(5).normal(8)), [1, 8]);
    const labels = tf.tensor2d([[0, 1, 0]]);
    const [image] = await published.sample({ seeds: [5], class: 1 });
    expect(image!.data).toEqual(toUint8(await published.generator.generate(z, labels).data()));
    await expect(open({ numpySeeds: true, noise: 'random' })).rejects.toThrow(/choose const or none/);
    await expect(open({ guidance: 2 })).rejects.toThrow('gan has latents of its own, and takes no `guidance`');
    await expect(open({ cutoff: 0.5 })).rejects.toThrow(/cutoff/);
    await expect(open({ psi: NaN })).rejects.toThrow(/psi/);
  });

  // One of each kind of loss; the nightly tests train with all of them.
  it.each(['diff-instruct', 'sid', 'dmd2'])(
    'is trained by %s, and stays a GAN with its average of w',
    async (method) => {
      const gan = await loadGenerator(await tinyGan(8, 3), { noise: 'random' });
      const given = givenData(
        METHODS.find(({ name }) => name === method)!,
        teacher.network,
        4,
      );
      const before = tf.memory().numTensors;
      const args = { teacher, method, generator: gan, preset: 'small', ...given };
      const student = await distill({ ...args, options: { batch: 4, emaMu: 0.1 }, kimg: 0.008 });
      expect(student.record).toMatchObject({ method, noise: 'random', psi: 1 });
      // z, then the noise of three layers.
      expect(student.generator.sampleLatents(new Rng(0), 1).shape).toEqual([1, 8 + 16 + 2 * 64]);
      expect(student.record.initSigma).toBeUndefined();
      const [old, now] = [await gan.network.module.stateDict(), await student.network.module.stateDict()];
      expect(now['mapping.w_avg']).toEqual(old['mapping.w_avg']);
      expect(now['synthesis.b8.conv0.noise_const']).toEqual(old['synthesis.b8.conv0.noise_const']);
      for (const name of ['mapping.fc0.weight', 'synthesis.b8.conv0.weight']) expect(now[name]).not.toEqual(old[name]);
      const loaded = await loadGenerator(await student.toBytes());
      expect(await loaded.sample({ seeds: [1] })).toEqual(await student.sample({ seeds: [1] }));
      for (const one of [loaded, student]) one.dispose();
      expect(tf.memory().numTensors).toBe(before);
      gan.dispose();
    },
  );
});

// Skipped where the fixtures are not available.
it.skipIf(!hasFixtures).each(['skip-uncond-32', 'orig-cond-16'])(
  'a published pickle is opened as its averaged generator: %s',
  async (name) => {
    const file = (ending: string) => readFileSync(`${FIXTURES}stylegan2/${name}${ending}`);
    const { tensors } = decodeSafetensors(file('.safetensors'));
    const rows = (key: string) => tf.tensor2d(toFloat32(tensors[key]!), tensors[key]!.shape as [number, number]);
    const labels = tensors.c!.shape[1] === 0 ? undefined : rows('c');
    for (const [key, options] of [
      ['image', {}],
      ['image_psi0.7', { psi: 0.7 }],
    ] as const) {
      const gan = await loadGenerator(file('.pkl'), options);
      const expected = tf.transpose(tf.tensor4d(toFloat32(tensors[key]!), tensors[key]!.shape as Shape4), [0, 2, 3, 1]);
      expect(relativeError(gan.generator.generate(rows('z'), labels), expected as tf.Tensor4D)).toBeLessThan(1e-5);
      gan.dispose();
    }
  },
);

function relativeError(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!);
}

type Shape4 = [number, number, number, number];
