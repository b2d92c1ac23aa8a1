import '@tensorflow/tfjs-backend-cpu';
import { describe, expect, it } from 'vitest';
import { boot, stepSize, TimeMap, BOOT_OPTIONS } from '@onestep/boot';
import { defaultsOf, GaussianDenoiser } from '@onestep/diffusion-core';

const gaussian = new GaussianDenoiser({ imgResolution: 2, imgChannels: 1, mean: 0, std: 0.5 });
/** As a network that knows the levels 0.02, 0.04, ..., 100. */
const discrete = Object.assign(Object.create(gaussian) as GaussianDenoiser, {
  sigmaMin: 0.02,
  sigmaMax: 100,
  roundSigma: (sigma: number) => Math.round(sigma * 50) / 50,
});

describe('options of BOOT', () => {
  it('have defaults', () => {
    expect(boot.settle({})).toEqual(defaultsOf(BOOT_OPTIONS));
    expect(boot.settle({ batch: 64 }).batchGpu).toBe(null);
  });

  it('says what is wrong', () => {
    expect(() => boot.settle({ tMin: 0.5, tMax: 0.5 })).toThrow('tMin must be below tMax, and they are 0.5 and 0.5');
    expect(() => boot.settle({ delta: 0 })).toThrow('delta must be a number above 0 and at most 1, not 0');
    expect(() => boot.settle({ tMin: 0.5, delta: 0.6 })).toThrow('delta must be at most tMax - tMin, not 0.6');
    expect(() => boot.settle({ deltaEnd: 2 })).toThrow('deltaEnd');
    expect(() => boot.settle({ deltaKimg: -1 })).toThrow('deltaKimg');
    expect(() => boot.settle({ beta: -1 })).toThrow('beta must be a number of at least 0');
    expect(() => boot.settle({ weightClip: 0.5 })).toThrow('weightClip must be a number of at least 1');
    expect(() => boot.settle({ solver: 'rk4' as 'heun' })).toThrow(
      'solver must be one of ddim, heun, exponential-heun, not "rk4"',
    );
    expect(() => boot.settle({ distance: 'l3' as 'l2' })).toThrow(
      'distance must be one of l2, l1, pseudo-huber, lpips, not "l3"',
    );
    expect(() => boot.settle({ guidance: [3, 1] })).toThrow('from a smaller to a larger one, such as 1,4, not [3,1]');
    expect(() => boot.settle({ initSigma: 0 })).toThrow('initSigma must be a number above 0');
  });
});

describe('times', () => {
  const options = { tMin: 0, tMax: 1, initSigma: 2.5 };

  it('are levels of the rho = 7 schedule for the teacher, and from init_sigma on for the student', () => {
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

  it('lie between t_min and t_max: the student and the teacher meet at t_max', () => {
    const time = new TimeMap(gaussian, { tMin: 0.2, tMax: 0.8, initSigma: 1 });
    expect(time.tau(0.2)).toBeCloseTo(1, 10);
    expect(time.tau(0.8)).toBeCloseTo(time.sigma(0.8), 10);
  });

  it('are within what the teacher knows', () => {
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

  it('are apart by a step that may shrink by equal factors', () => {
    const sizes = { delta: 0.16, deltaEnd: 0.01, deltaKimg: 10 };
    expect([0, 5000, 10_000, 20_000].map((images) => stepSize(images, sizes))).toEqual([0.16, 0.04, 0.01, 0.01]);
    expect(stepSize(5000, { ...sizes, deltaEnd: null })).toBe(0.16);
    expect(stepSize(0, { ...sizes, deltaKimg: 0 })).toBe(0.01);
  });
});
