import { PairsInMemory, samplePairs, shufflePairs } from '@onestep/diffusion-core';
import { distill, loadTeacher, type Teacher } from 'onestep';
import { beforeAll, expect, it } from 'vitest';

let teacher: Teacher;
beforeAll(async () => {
  teacher = await loadTeacher('fashion-mnist');
});

it('distills with pairs in memory, and goes on with another method', async () => {
  const sampled = await samplePairs({ denoiser: teacher.network, seeds: [0, 1, 2, 3], options: { steps: 2 } });
  const pairs = () => shufflePairs(new PairsInMemory(sampled, teacher.network), 0);
  const short = { teacher, options: { batch: 2 }, kimg: 0.002 };
  const student = await distill({ ...short, method: 'kd', pairs: pairs() });
  expect(student.record).toEqual({ initSigma: 80, method: 'kd' });

  const losses: unknown[] = [];
  const next = await distill({
    ...short,
    method: 'sid',
    generator: student,
    regression: { pairs: pairs(), weight: 1 },
    onProgress: ({ stats }) => losses.push(stats['Regression/loss']),
  });
  expect(next.record).toMatchObject({ initSigma: 80, method: 'sid' });
  expect(losses[0]).toBeGreaterThan(0);
  // The generator that it started from is as it was.
  expect(await student.sample({ seeds: [0] })).toHaveLength(1);
  await expect(distill({ ...short, method: 'kd' })).rejects.toThrow(
    'needs pairs of noise and images: pass them as pairs',
  );
});
