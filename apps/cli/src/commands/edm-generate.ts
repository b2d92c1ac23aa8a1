import { Command } from 'commander';
import { sampleImages, toUint8 } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { writeSampleFiles } from '../images/sample-files.js';
import { withInterrupt } from '../interrupt.js';
import { loadTeacher } from '../networks/load-network.js';
import { integer, number } from '../options/parsers.js';
import { addSampleOptions, type SampleOptions } from '../options/sample-options.js';

interface EdmGenerateOptions extends SampleOptions {
  steps: number;
  sigmaMin?: number;
  sigmaMax?: number;
  rho: number;
  SChurn: number;
  SMin: number;
  SMax: number;
  SNoise: number;
}

/** `onestep edm generate`: the EDM sampler with the options of the published generate.py. */
export function edmGenerateCommand(): Command {
  const command = new Command('generate').description(
    'sample a diffusion model with the EDM sampler (Heun, 2 * steps - 1 network evaluations)',
  );
  return addSampleOptions(command, 'the diffusion model')
    .option('--steps <n>', 'number of noise levels', integer({ min: 1 }), 18)
    .option('--sigma-min <sigma>', 'lowest noise level (default 0.002)', number({ above: 0 }))
    .option('--sigma-max <sigma>', 'highest noise level (default 80)', number({ above: 0 }))
    .option('--rho <n>', 'curvature of the schedule', number({ above: 0 }), 7)
    .option('--S-churn <n>', 'amount of fresh noise', number({ min: 0 }), 0)
    .option('--S-min <sigma>', 'lowest noise level with fresh noise', number({ min: 0 }), 0)
    .option('--S-max <sigma>', 'highest noise level with fresh noise', number({ min: 0, infinite: true }), Infinity)
    .option('--S-noise <n>', 'standard deviation of the fresh noise', number({ min: 0 }), 1)
    .action(async (options: EdmGenerateOptions) => {
      await startEngine();
      const denoiser = await loadTeacher(options.network);
      const { steps, sigmaMin, sigmaMax, rho, SChurn: sChurn, SMin: sMin, SMax: sMax, SNoise: sNoise } = options;
      const sampler = { steps, sigmaMin, sigmaMax, rho, sChurn, sMin, sMax, sNoise };
      await withInterrupt((signal) =>
        writeSampleFiles(options, denoiser, signal, async (seeds) => {
          const { images, evaluations } = await sampleImages({
            denoiser,
            seeds,
            classIndex: options.class,
            options: sampler,
            signal,
          });
          return { images: toUint8(images), evaluations };
        }),
      );
    });
}
