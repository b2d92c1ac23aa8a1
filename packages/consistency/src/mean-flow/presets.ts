import type { MethodPreset } from '@onestep/diffusion-core';
import type { MeanFlowOptions } from './options.js';

/** The published runs, which are trained from scratch, and short runs of ours. */
export const MEAN_FLOW_PRESETS = {
  'py-meanflow': {
    about: 'py-meanflow’s run on CIFAR-10, from scratch: 800,000 steps, with the architecture of the teacher',
    teacher: 'cifar10-uncond',
    // A noise level of 1e6 is the time 1, to float32.
    options: { batch: 1024, lr: 6e-4, warmup: 9766, useCd: false, scratch: true, emaMu: 0.9999, initSigma: 1e6 },
    dropout: 0.2,
    augment: 0.12,
    totalKimg: 819_200,
  },
  fastgen: {
    about: 'FastGen’s run on CIFAR-10: the same with its times',
    teacher: 'cifar10-uncond',
    options: {
      batch: 1024,
      lr: 6e-4,
      warmup: 9766,
      useCd: false,
      scratch: true,
      endTime: 'r',
      trSampler: 'v0',
      tmax: 0.999,
      emaMu: [0.9999, 0.99995, 0.9996],
      initSigma: 999,
    },
    dropout: 0.2,
    augment: 0.12,
    totalKimg: 819_200,
  },
  small: {
    about: 'some thousand images on a CPU: from the teacher, along its velocity, at later times',
    // The published weight is largest where the error is near 0: at the start, where r = t and the student is the teacher. It would keep the
    // student there.
    options: {
      batch: 64,
      lr: 1e-3,
      pMeanT: 1,
      pStdT: 2,
      pMeanR: -3,
      pStdR: 2,
      normP: 0.5,
      normEps: 1,
      emaHalfLifeKimg: 2,
      emaRampUpRatio: 0.5,
    },
    dropout: 0,
  },
  toy: {
    about: 'two-dimensional points, at a learning rate at which the student is seen to move',
    options: { batch: 256, initSigma: 10, lr: 2e-3, emaRampUpRatio: 0.5 },
  },
} satisfies Record<string, MethodPreset<MeanFlowOptions>>;
