import type { MethodPreset } from '@onestep/diffusion-core';
import type { ScmOptions } from './options.js';

const EMAS = [0.9999, 0.99995, 0.9996];
const CIFAR10 = { batch: 512, lr: 1e-4, beta2: 0.99, emaMu: EMAS };

/** The runs of FastGen, which has the settings of Lu & Song 2024 for EDM's networks, and short runs of ours. */
export const SCM_PRESETS = {
  'cifar10-sct': {
    about: 'FastGen’s sCT on CIFAR-10, without a teacher: 350,000 steps',
    teacher: 'cifar10-uncond',
    options: { ...CIFAR10, useCd: false, sigmaMax: 800 },
    dropout: 0.2,
    totalKimg: 179_200,
  },
  'cifar10-scd': {
    about: 'FastGen’s sCD on CIFAR-10: 500,000 steps',
    teacher: 'cifar10-uncond',
    options: { ...CIFAR10, useCd: true },
    dropout: 0,
    totalKimg: 256_000,
  },
  'imagenet64-scd': {
    about: 'FastGen’s sCD on ImageNet at 64 pixels: 600,000 steps, Adam with a falling rate',
    teacher: 'imagenet64-cond',
    options: {
      useCd: true,
      batch: 1024,
      optimizer: 'adam',
      lr: 7e-5,
      beta2: 0.99,
      epsilon: 1e-11,
      lrDecaySteps: 35_000,
      clipGradNorm: 10,
      pStd: 1.6,
    },
    dropout: 0,
    totalKimg: 614_400,
  },
  small: {
    // With the weight 1 / sigma, high noise levels wait until u(sigma) has learned to raise them, which takes more than a short run.
    about: 'some thousand images on a CPU: without the weight 1 / sigma, at higher noise levels',
    options: {
      batch: 64,
      optimizer: 'adam',
      lr: 5e-4,
      beta2: 0.99,
      pMean: 0,
      pStd: 1.6,
      priorWeighting: false,
      tangentWarmup: 20,
      emaHalfLifeKimg: 2,
      emaRampUpRatio: 0.5,
    },
    dropout: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: {
      batch: 256,
      initSigma: 10,
      optimizer: 'adam',
      lr: 2e-3,
      beta2: 0.99,
      sigmaMax: 20,
      tangentWarmup: 200,
      emaRampUpRatio: 0.5,
    },
  },
} satisfies Record<string, MethodPreset<ScmOptions>>;
