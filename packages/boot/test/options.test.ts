import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, test } from 'vitest';
import { BOOT_DEFAULTS, bootOptions, stepSize, TimeMap } from '@onestep/boot';
import { GaussianDenoiser } from '@onestep/diffusion-core';

const gaussian = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 0.5 });
/** As a network that knows the levels 0.02, 0.04, ..., 100. */
const discrete = Object.assign(Object.create(gaussian) as GaussianDenoiser, {
  sigmaMin: 0.02,
  sigmaMax: 100,
  roundSigma: (sigma: number) => Math.round(sigma * 50) / 50,
});

describe('bootOptions', () => {
  test('have defaults', () => {
    expect(bootOptions({})).toEqual(BOOT_DEFAULTS);
    expect(bootOptions({ batch: 64 }).batchGpu).toBe(64);
  });

  test('says what is wrong', () => {
    expect(() => bootOptions({ tMin: 0.5, tMax: 0.5 })).toThrow('0 <= t_min < t_max <= 1, not 0.5 and 0.5');
    expect(() => bootOptions({ delta: 0 })).toThrow('delta must be above 0');
    expect(() => bootOptions({ tMin: 0.5, delta: 0.6 })).toThrow('at most t_max - t_min, not 0.6');
    expect(() => bootOptions({ deltaEnd: 2 })).toThrow('delta_end');
    expect(() => bootOptions({ deltaKimg: -1 })).toThrow('delta_kimg');
    expect(() => bootOptions({ beta: -1 })).toThrow('beta must be at least 0');
    expect(() => bootOptions({ weightClip: 0.5 })).toThrow('weight_clip must be at least 1');
    expect(() => bootOptions({ solver: 'rk4' as 'heun' })).toThrow(
      'no solver rk4. There are ddim, heun, exponential-heun',
    );
    expect(() => bootOptions({ distance: 'l3' as 'l2' })).toThrow('no distance l3. There are l2, l1, pseudo-huber');
    expect(() => bootOptions({ guidance: [3, 1] })).toThrow('from a smaller to a larger scale, not 3,1');
    expect(() => bootOptions({ initSigma: 0 })).toThrow('init_sigma must be positive');
  });
});

describe('times', () => {
  const options = { tMin: 0, tMax: 1, initSigma: 2.5 };

  test('are levels of the rho = 7 schedule for the teacher, and from init_sigma on for the student', () => {
    const time = new TimeMap(gaussian, options);
    const expected: [number, number][] = [
      [0, 0.002],
      [0.2, 0.0850872],
      [0.5, 2.51521898],
      [0.8, 24.40834179],
      [1, 80],
    ];
    for (const [t, sigma] of expected) expect(time.sigma(t) / sigma).toBeCloseTo(1, 6);
    expect(time.tau(0)).toBeCloseTo(2.5, 10);
    expect(time.tau(1)).toBeCloseTo(80, 10);
    for (let t = 0.1; t <= 1; t += 0.1) expect(time.tau(t)).toBeGreaterThan(time.tau(t - 0.1));
  });

  test('lie between t_min and t_max: the student and the teacher meet at t_max', () => {
    const time = new TimeMap(gaussian, { tMin: 0.2, tMax: 0.8, initSigma: 1 });
    expect(time.tau(0.2)).toBeCloseTo(1, 10);
    expect(time.tau(0.8)).toBeCloseTo(time.sigma(0.8), 10);
  });

  test('are within what the teacher knows', () => {
    const time = new TimeMap(discrete, options);
    expect(time.sigma(0)).toBe(0.02);
    expect(time.sigma(1)).toBe(80);
    for (const t of [0.13, 0.5, 0.77]) {
      for (const level of [time.sigma(t), time.tau(t)]) expect(level * 50).toBeCloseTo(Math.round(level * 50), 8);
    }
    expect(() => new TimeMap(gaussian, { ...options, tMax: 0.4 })).toThrow(
      'below the noise level at t_max, 0.965, and is 2.5',
    );
  });

  test('are apart by a step that may shrink by equal factors', () => {
    const sizes = { delta: 0.16, deltaEnd: 0.01, deltaKimg: 10 };
    expect([0, 5000, 10_000, 20_000].map((images) => stepSize(images, sizes))).toEqual([0.16, 0.04, 0.01, 0.01]);
    expect(stepSize(5000, { ...sizes, deltaEnd: null })).toBe(0.16);
    expect(stepSize(0, { ...sizes, deltaKimg: 0 })).toBe(0.01);
  });
});
