import { beforeAll, describe, expect, it } from 'vitest';
import {
  loadTeacher,
  MODELS,
  openNetwork,
  publishedTeacherNames,
  publishedTeacherUrl,
  type Teacher,
} from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { tinyTeacher } from './support/tiny-networks.js';

let teacher: Teacher;

beforeAll(async () => {
  await startTestBackend();
  teacher = await loadTeacher('fashion-mnist');
});

describe('the teacher that comes with the package', () => {
  it('gives a seed the same bits alone and in a batch', async () => {
    const options = { class: 'Bag', steps: 3, sChurn: 2 };
    const together = await teacher.sample({ seeds: [0, 1, 2], ...options });
    for (const seed of [0, 2]) expect(await teacher.sample({ seeds: [seed], ...options })).toEqual([together[seed]]);
  });

  it('reports every step, and stops between steps', async () => {
    const seen: number[] = [];
    const controller = new AbortController();
    const stopped = teacher.sample({
      seeds: [0, 1],
      steps: 4,
      signal: controller.signal,
      onProgress: (done) => seen.push(done) === 2 && controller.abort('enough'),
    });
    await expect(stopped).rejects.toBe('enough');
    expect(seen).toEqual([0.5, 1]);
  });

  it.each([
    [{ seeds: [0], steps: 0 }, /1 or more steps, not 0/],
    [{ seeds: [0], class: 10 }, /Class 10 does not exist/],
    [{ seeds: [0], sigmaMin: -1 }, /sigma_min/],
    [{ seeds: [0], negativePrompt: 'a bag' }, /negativePrompt has no effect without guidance: pass guidance/],
  ])('refuses %j', async (options, message) => {
    await expect(teacher.sample(options)).rejects.toThrow(message);
  });

  it('is saved and opened again', async () => {
    const opened = await openNetwork(await teacher.toBytes());
    expect(opened).toMatchObject({ role: 'teacher', record: null, classNames: teacher.classNames });
    expect(opened.network.settings).toEqual(teacher.network.settings);
  });
});

it('a dropout rate takes the place of the file’s', async () => {
  const { network } = await loadTeacher(await tinyTeacher(), { dropout: 0.25 });
  expect(network.settings).toMatchObject({ model: { dropout: 0.25 } });
});

describe('names', () => {
  it('of a model stand for both of its networks', async () => {
    expect((await openNetwork('fashion-mnist', { role: 'teacher' })).role).toBe('teacher');
    expect((await openNetwork('fashion-mnist')).role).toBe('generator');
    for (const { teacher: file, generator } of Object.values(MODELS)) {
      if (file !== null) expect((await openNetwork(file.url)).role).toBe('teacher');
      expect((await openNetwork(generator.url)).role).toBe('generator');
    }
  });

  it('of published networks have an address each', () => {
    const base = 'https://nvlabs-fi-cdn.nvidia.com/edm/pretrained';
    expect(publishedTeacherUrl('cifar10-uncond')).toBe(`${base}/edm-cifar10-32x32-uncond-vp.pkl`);
    expect(publishedTeacherUrl('imagenet64-cond')).toBe(`${base}/edm-imagenet-64x64-cond-adm.pkl`);
    expect(publishedTeacherUrl('afhq64-v2')).toBe(`${base}/edm-afhqv2-64x64-uncond-vp.pkl`);
    expect(publishedTeacherUrl('edm-ffhq-64x64-uncond-ve')).toBe(`${base}/edm-ffhq-64x64-uncond-ve.pkl`);
    expect(publishedTeacherUrl('constructor')).toBeUndefined();
    for (const name of publishedTeacherNames()) expect(publishedTeacherUrl(name)).toMatch(/^https:.*\.pkl$/);
  });
});
