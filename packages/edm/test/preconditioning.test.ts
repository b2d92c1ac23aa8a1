import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { iddpmLevels, vpSigma, vpTime } from '@onestep/diffusion-core';
import { createPreconditioning, PRECONDITIONING_DEFAULTS, PreconditionedNetwork } from '../src/index.js';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

const relative = (actual: number, expected: number) => Math.abs(actual / expected - 1);

/** The four factors at one noise level. */
function factors(scheme: keyof typeof PRECONDITIONING_DEFAULTS, sigma: number): number[] {
  return tf.tidy(() => {
    const { cSkip, cOut, cIn, cNoise } = createPreconditioning(PRECONDITIONING_DEFAULTS[scheme]).scalings(
      tf.tensor1d([sigma]),
    );
    return [cSkip, cOut, cIn, cNoise].map((factor) => factor.dataSync()[0]!);
  });
}

describe('preconditioning', () => {
  it('EDM: factors', () => {
    for (const [sigma, expected] of [
      [2.5, [0.03846154, 0.49029034, 0.39223227, 0.22907268]],
      [1, [0.2, 0.4472136, 0.89442719, 0]],
    ] as const) {
      factors('edm', sigma).forEach((factor, i) => expect(factor).toBeCloseTo(expected[i]!, 6));
    }
  });

  it('VP: the noise level as a time', () => {
    const [cSkip, cOut, cIn, cNoise] = factors('vp', 80);
    expect([cSkip, cOut]).toEqual([1, -80]);
    expect(cIn).toBeCloseTo(1 / Math.sqrt(6401), 7);
    expect(relative(cNoise!, 932.57763)).toBeLessThan(1e-6);
  });

  it('VE: the noise level as a logarithm', () => {
    const [cSkip, cOut, cIn, cNoise] = factors('ve', 3);
    expect([cSkip, cOut, cIn]).toEqual([1, 3, 1]);
    expect(cNoise).toBeCloseTo(Math.log(1.5), 6);
  });

  it('iDDPM: the noise level as a step', () => {
    const levels = Float32Array.from(iddpmLevels(PRECONDITIONING_DEFAULTS.iddpm));
    const [cSkip, cOut, , cNoise] = factors('iddpm', levels[600]!);
    expect([cSkip, cOut, cNoise]).toEqual([1, -levels[600]!, 399]);
  });

  it('iDDPM: the table of noise levels', () => {
    const levels = Float32Array.from(iddpmLevels(PRECONDITIONING_DEFAULTS.iddpm));
    const expected: [number, number][] = [
      [0, 20291.1696],
      [1, 641.66235],
      [500, 1.01238956],
      [998, 0.00935049],
      [999, 0.00642541],
    ];
    expect(levels).toHaveLength(1001);
    expect(levels[1000]).toBe(0);
    for (const [j, level] of expected) expect(relative(levels[j]!, level)).toBeLessThan(1e-6);
    const { roundSigma } = createPreconditioning(PRECONDITIONING_DEFAULTS.iddpm);
    expect(roundSigma(1.0124)).toBe(levels[500]);
    expect(roundSigma(1e9)).toBe(levels[0]);
  });

  it('iDDPM: the table of a file is taken over, by copies too', async () => {
    const model = { modelType: 'SongUNet' as const, modelChannels: 4, channelMult: [1], numBlocks: 1 };
    const settings = { imgResolution: 4, imgChannels: 1, preconditioning: { scheme: 'iddpm' as const }, model };
    const network = new PreconditionedNetwork(settings, null);
    const dict = await network.stateDict();
    const u = (dict.u!.data as Float32Array).map((level) => level * 1.001);
    network.loadStateDict({ ...dict, u: { ...dict.u!, data: u } });
    for (const loaded of [network, network.clone()]) {
      expect([loaded.sigmaMin, loaded.sigmaMax, loaded.roundSigma(1.0124)]).toEqual([u[999], u[0], u[500]]);
    }
  });

  it('states the noise levels each is meant for', () => {
    const range = (scheme: keyof typeof PRECONDITIONING_DEFAULTS) => {
      const { sigmaMin, sigmaMax } = createPreconditioning(PRECONDITIONING_DEFAULTS[scheme]);
      return [sigmaMin.toPrecision(5), sigmaMax.toPrecision(5)];
    };
    expect(range('edm')).toEqual(['0.0000', 'Infinity']);
    expect(range('vp')).toEqual(['0.0010005', '152.17']);
    expect(range('ve')).toEqual(['0.020000', '100.00']);
    expect(range('iddpm')).toEqual(['0.0064254', '20291']);
  });
});

describe('VP schedule', () => {
  const schedule = PRECONDITIONING_DEFAULTS.vp;

  it('gives the published noise levels', () => {
    for (const [t, sigma] of [
      [1e-5, 0.0010004976],
      [1e-3, 0.010485993],
      [0.5, 3.4129183],
      [1, 152.16697],
    ] as const) {
      expect(relative(vpSigma(t, schedule), sigma)).toBeLessThan(1e-7);
    }
  });

  it('is inverted', () => {
    expect(relative(vpTime(0.002, schedule), 3.984198e-5)).toBeLessThan(1e-6);
    expect(relative(vpTime(1, schedule), 0.2589603)).toBeLessThan(1e-6);
    for (const t of [1e-5, 0.1, 0.7, 1]) expect(vpTime(vpSigma(t, schedule), schedule)).toBeCloseTo(t, 12);
  });
});
