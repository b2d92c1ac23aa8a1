import { describe, expect, it } from 'vitest';
import { completeNetworkSettings, settingsFromPublished } from '../src/index.js';

const images = { img_resolution: 32, img_channels: 3, label_dim: 10, use_fp16: false };

describe('settings from published constructor arguments', () => {
  it('keep what they state, under the names used here', () => {
    const args = { ...images, model_type: 'SongUNet', channel_mult: [2, 2, 2], channel_mult_noise: 2, sigma_data: 0.7 };
    const settings = completeNetworkSettings(settingsFromPublished('EDMPrecond', args));
    expect(settings).toMatchObject({ imgResolution: 32, imgChannels: 3, labelDim: 10 });
    expect(settings.preconditioning).toEqual({ scheme: 'edm', sigmaData: 0.7 });
    expect(settings.model).toMatchObject({ channelMult: [2, 2, 2], channelMultNoise: 2, numBlocks: 4 });
  });

  it('know the constants of every wrapper', () => {
    const of = (className: string, args: object) =>
      completeNetworkSettings(settingsFromPublished(className, { ...images, ...args })).preconditioning;
    expect(of('VPPrecond', { beta_d: 10, beta_min: 0.2, M: 500, epsilon_t: 1e-4 })).toEqual({
      scheme: 'vp',
      betaD: 10,
      betaMin: 0.2,
      timesteps: 500,
      epsilonT: 1e-4,
    });
    expect(of('VEPrecond', { sigma_max: 50 })).toEqual({ scheme: 've', sigmaMin: 0.02, sigmaMax: 50 });
    expect(of('iDDPMPrecond', { C_1: 0.002 })).toEqual({ scheme: 'iddpm', c1: 0.002, c2: 0.008, timesteps: 1000 });
    expect(of('EDMPrecond', { sigma_min: 0, sigma_max: Infinity })).toEqual({ scheme: 'edm', sigmaData: 0.5 });
  });

  it('default to the published UNet of each wrapper', () => {
    const modelType = (className: string) => settingsFromPublished(className, images).model.modelType;
    expect(['VPPrecond', 'VEPrecond', 'iDDPMPrecond', 'EDMPrecond'].map(modelType)).toEqual([
      'SongUNet',
      'SongUNet',
      'DhariwalUNet',
      'DhariwalUNet',
    ]);
  });

  it('of another class are refused', () => {
    expect(() => settingsFromPublished('DiT', images)).toThrow('DiT is not a known network class');
  });
});
