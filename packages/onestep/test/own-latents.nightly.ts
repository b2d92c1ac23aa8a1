import { beforeAll, expect, it } from 'vitest';
import { distill, loadGenerator, loadTeacher, METHODS, type Teacher } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';
import { givenData } from '../../../test-support/given-data.js';
import { tinyGan } from '../../../test-support/tiny-gan.js';
import { tinyTeacher } from './support/tiny-networks.js';

let teacher: Teacher;

beforeAll(async () => {
  await startTestBackend();
  teacher = await loadTeacher(await tinyTeacher(), { name: 'tiny' });
});

it.each(METHODS.filter(({ ownLatents }) => ownLatents).map((method) => [method.name, method] as const))(
  '%s trains a GAN, and pictures',
  async (method, value) => {
    const gan = await loadGenerator(await tinyGan(8, 3), { noise: 'random' });
    for (const generator of [gan, 'pixels'] as const) {
      const given = givenData(value, teacher.network, 4);
      const options = { batch: 4, emaMu: 0.1 };
      const student = await distill({ teacher, method, generator, preset: 'small', options, kimg: 0.012, ...given });
      expect(student.record).toMatchObject({ method });
      const images = await student.sample({ seeds: [0, 1], class: 0 });
      expect(images[0]!.data).not.toEqual(images[1]!.data);
      student.dispose();
    }
    gan.dispose();
  },
);
