import { Command } from 'commander';
import { generateImages, toUint8 } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { loadGenerator } from '../networks/load-network.js';
import { number } from '../options/parsers.js';
import { addSampleOptions, type SampleOptions } from '../options/sample-options.js';
import { writeSampleFiles } from '../images/sample-files.js';

interface GenerateOptions extends SampleOptions {
  initSigma?: number;
}

/** `onestep generate`: images from a one-step generator. */
export function generateCommand(): Command {
  const command = new Command('generate').description(
    'make images with a one-step generator: one network evaluation each',
  );
  return addSampleOptions(command, 'the generator')
    .option(
      '--init-sigma <sigma>',
      "noise level of the generator's input (default: what it was trained with)",
      number({ above: 0 }),
    )
    .action(async (options: GenerateOptions) => {
      await startEngine(options.backend);
      const generator = await loadGenerator(options.network, options.initSigma);
      await withInterrupt((signal) =>
        writeSampleFiles(options, generator, signal, async (seeds) => ({
          images: toUint8(await generateImages({ generator, seeds, classIndex: options.class })),
          evaluations: 1,
        })),
      );
    });
}
