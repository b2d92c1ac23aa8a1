import { GaussianMixtureDenoiser } from '@onestep/diffusion-core';
import { beforeAll, expect, it } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { teacherEvaluations } from '../src/generation/teacher-evaluations.js';
import { runTeacher } from '../src/generation/teacher-run.js';

/** An exact denoiser of two classes that counts the images it denoises. */
class CountingDenoiser extends GaussianMixtureDenoiser {
  evaluations = 0;

  override denoise(...[x, sigma, conditions]: Parameters<GaussianMixtureDenoiser['denoise']>) {
    this.evaluations += x.shape[0];
    return super.denoise(x, sigma, conditions);
  }
}

beforeAll(startTestBackend);

it.each([1, 2])('with guidance %d the page says how often the teacher evaluates its network', async (guidance) => {
  const means = [Float32Array.of(-0.5), Float32Array.of(0.5)];
  const teacher = new CountingDenoiser({ imgResolution: 1, imgChannels: 1, means, std: 0.1, classes: [0, 1] });
  const counted: number[][] = [];
  const { evaluations } = await runTeacher(
    teacher,
    Float32Array.of(0.3),
    Float32Array.of(0, 1),
    { seed: 0, guidance },
    (step) => counted.push([step.evaluations, teacher.evaluations]),
    new AbortController().signal,
  );
  for (const [said, done] of counted) expect(said).toBe(done);
  expect([evaluations, teacherEvaluations(guidance)]).toEqual([teacher.evaluations, teacher.evaluations]);
});
