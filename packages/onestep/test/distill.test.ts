import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { NetworkGenerator, type DenoiserNetwork } from '@onestep/diffusion-core';
import { defineMethod, distill, loadGenerator, loadTeacher, METHODS, type Teacher } from '../src/index.js';
import { SCORE_OPTIONS } from '../src/method.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { givenData } from '../../../test-support/given-data.js';
import { tinyTeacher } from './support/tiny-networks.js';

const CLASSES = ['circle', 'square', 'star'];
/** Methods that need nothing else, real images, and pairs; with a fake score network and without. */
const KINDS = ['diff-instruct', 'sida', 'boot', 'kd'];
let teacher: Teacher;

beforeAll(async () => {
  await startTestBackend();
  teacher = await loadTeacher(await tinyTeacher({ classNames: CLASSES }), { name: 'tiny' });
});

describe('distill', () => {
  // One of each kind; the nightly tests train all of them.
  it.each(METHODS.filter(({ name }) => KINDS.includes(name)).map((method) => [method.name, method] as const))(
    '%s makes a generator that is its file, and leaves nothing behind',
    async (method, value) => {
      const given = givenData(value, teacher.network, 4);
      const before = tf.memory().numTensors;
      const seen: number[] = [];
      const student = await distill({
        teacher,
        method,
        preset: 'small',
        options: { batch: 4 },
        kimg: 0.012,
        ...given,
        onProgress: ({ images, kimg, stats }) => {
          expect(kimg).toBe(images / 1000);
          expect(Object.values(stats).length).toBeGreaterThan(0);
          seen.push(images);
        },
      });
      expect(seen).toEqual([4, 8, 12]);
      expect(student.record).toMatchObject({ method, initSigma: value.settle(value.presets.small!.options).initSigma });
      expect(student.classNames).toEqual(CLASSES);
      const loaded = await loadGenerator(await student.toBytes());
      expect([loaded.record, loaded.classNames]).toEqual([student.record, student.classNames]);
      const images = await student.sample({ seeds: [0, 1], class: 'star' });
      expect(await loaded.sample({ seeds: [0, 1], class: 'star' })).toEqual(images);
      loaded.dispose();
      student.dispose();
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it('is the loop that a program would write itself', async () => {
    const sid = METHODS.find(({ name }) => name === 'sid')!;
    const options = { batch: 4, alpha: 1, glr: 1e-3, lr: 1e-3, emaHalfLifeKimg: 0.01 };
    const student = await distill({ teacher, method: sid, options, kimg: 0.012 });
    const task = sid.create({ teacher: teacher.network, options });
    for (let images = 0; images < 12; images += 4) await task.step(images);
    const own = (await task.snapshot()).tensors;
    const theirs = await student.network.module.stateDict();
    for (const [name, { data }] of Object.entries(own)) expect(theirs[name]!.data).toEqual(data);
    task.dispose();
  });

  it('stops after a step, and frees everything', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const onProgress = () => controller.abort('enough');
    const stopped = distill({
      teacher,
      method: 'sid',
      options: { batch: 4 },
      kimg: 1,
      signal: controller.signal,
      onProgress,
    });
    await expect(stopped).rejects.toBe('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('takes a method of one’s own, whose generators are read by the method', async () => {
    const mine = defineMethod({
      name: 'mine',
      title: 'Mine',
      paper: 'of one’s own',
      about: 'The student is the teacher.',
      options: SCORE_OPTIONS,
      needs: [],
      shown: {},
      progress: { statistic: 'loss', name: 'Loss', about: 'Always 0.' },
      openGenerator: ({ network, record }) => new NetworkGenerator(network, 2 * record.initSigma),
      create: ({ teacher: copied, options }) => {
        const generator = new NetworkGenerator((copied as DenoiserNetwork).clone(), options.initSigma);
        return {
          batchSize: options.batch,
          generator,
          student: generator,
          step: async () => ({ loss: 0 }),
          state: async () => ({ tensors: {}, values: {} }),
          restore: async () => undefined,
          snapshot: async () => {
            const { generator: record, ...settings } = generator.settings;
            const onestep = JSON.stringify({ ...settings, generator: { ...(record as object), method: 'mine' } });
            return { tensors: await generator.module.stateDict(), metadata: { onestep } };
          },
          dispose: () => generator.module.dispose(),
        };
      },
    });
    const student = await distill({ teacher, method: mine, options: { batch: 4, initSigma: 1 }, kimg: 0.001 });
    expect(student.generator).toMatchObject({ initSigma: 2 });
    const loaded = await loadGenerator(await student.toBytes(), { methods: [mine] });
    expect(loaded.generator).toMatchObject({ initSigma: 2 });
  });

  it.each([
    [{ method: 'sud' }, /There is no method "sud": choose from diff-instruct, sid, .*boot, .*kd, .*scm/],
    [{ kimg: 0 }, 'kimg must be a number above 0, not 0.'],
    [{ preset: 'huge' }, /^sid has no preset "huge"; its presets: .*small/],
    [{ options: { alpah: 1 } }, /alpah/],
    [{ options: { batch: 0 } }, /batch/],
    [{ teacher: {} }, 'teacher must be a diffusion model from loadTeacher.'],
    [{ prompts: ['a circle'], labels: [0] }, 'Pass labels or prompts, but not both.'],
    [{ method: needing('images') }, 'Needy needs images: pass them as data.'],
    [{ method: needing('student') }, /^Needy .* needs a student that was trained before: pass it as generator\.$/],
  ])('refuses %j before any work', async (wrong, message) => {
    const args = { teacher, method: 'sid', kimg: 1, ...wrong };
    await expect(distill(args as Parameters<typeof distill>[0])).rejects.toThrow(message);
  });

  it('refuses an unconditional teacher for a method that needs classes', async () => {
    const unconditional = await loadTeacher(await tinyTeacher({ labelDim: 0 }), { name: 'plain' });
    const wrong = distill({ teacher: unconditional, method: needing('labels'), kimg: 1 });
    await expect(wrong).rejects.toThrow('Needy needs labels, and plain is unconditional.');
  });
});

function needing(need: 'labels' | 'images' | 'student') {
  return defineMethod({
    name: 'needy',
    title: 'Needy',
    paper: 'none',
    about: 'Needs something.',
    options: SCORE_OPTIONS,
    needs: [need],
    shown: {},
    progress: { statistic: 'loss', name: 'Loss', about: 'None.' },
    create: () => {
      throw new Error('It was created.');
    },
  });
}
