import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  GaussianMixtureDenoiser,
  karrasSchedule,
  SAMPLERS,
  type GaussianMixture,
  type SamplerName,
} from '@onestep/diffusion-core';

beforeAll(async () => void (await tf.setBackend('cpu')));

/** Contents of `data/samplers.json`, which `data/samplers.py` writes. */
interface Reference {
  diffusers: string;
  mixture: Pick<GaussianMixture, 'means' | 'std' | 'weights'>;
  /** Three images of 2 x 2. */
  latents: number[];
  /** Of each step. */
  noise: number[][];
  cases: { sampler: SamplerName; scheduler: string; steps: number; images: number[] }[];
}

const reference = JSON.parse(readFileSync(new URL('./data/samplers.json', import.meta.url), 'utf8')) as Reference;
/** Heun's second slope is divided by the lower level, and with it the rounding of the network's float32 images. */
function amplification(steps: number): number {
  const levels = karrasSchedule(steps);
  return Math.max(1, ...levels.slice(1).map((next, i) => levels[i]! / (2 * next)));
}

const schedulers = new Map(reference.cases.map(({ sampler, scheduler }) => [scheduler, sampler]));

describe(`samplers give the images of diffusers ${reference.diffusers} at the same noise levels`, () => {
  const denoiser = new GaussianMixtureDenoiser({ imgResolution: 2, imgChannels: 1, ...reference.mixture });

  it('every sampler is compared', () => {
    expect(new Set(schedulers.values())).toEqual(new Set(Object.keys(SAMPLERS)));
  });

  it.each([...schedulers])('%s is %s', async (scheduler, sampler) => {
    const cases = reference.cases.filter((each) => each.scheduler === scheduler);
    expect(cases.map(({ steps }) => steps)).toEqual([1, 2, 3, 8, 20]);
    for (const { steps, images } of cases) {
      const draws = reference.noise.map((draw) => Float32Array.from(draw)).values();
      const found = await SAMPLERS[sampler].sample({
        denoiser,
        latents: Float32Array.from(reference.latents),
        noise: () => draws.next().value!,
        options: { steps },
      });
      const error = Math.max(...images.map((x, i) => Math.abs(x - found.images[i]!)));
      expect(error, `${steps} steps`).toBeLessThan(5e-6 + 1e-7 * (sampler === 'heun' ? amplification(steps) : 1));
    }
  });
});
