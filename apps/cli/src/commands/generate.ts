import { Command } from 'commander';
import { generateImages, toUint8 } from '@onestep/diffusion-core';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { loadGenerator } from '../networks/load-network.js';
import { integer, integerList, number } from '../options/parsers.js';
import { writeSampleFiles, type SampleFileOptions } from '../images/sample-files.js';

interface GenerateOptions extends SampleFileOptions {
  network: string;
  class?: number;
  initSigma?: number;
}

/** `onestep generate`: images from a one-step generator. */
export function generateCommand(): Command {
  return new Command('generate')
    .description('make images with a one-step generator: one network evaluation each')
    .requiredOption('--network <file>', 'the generator: a .safetensors snapshot')
    .requiredOption('--outdir <folder>', 'where the images go')
    .option('--seeds <list>', 'one seed an image, such as 0-63 or 1,2,5', integerList, integerList('0-63'))
    .option('--subdirs', 'a folder for every 1000 seeds')
    .option('--class <n>', 'the class of every image (default: random)', integer())
    .option('--batch <n>', 'images at a time', integer({ min: 1 }), 64)
    .option(
      '--init-sigma <sigma>',
      "noise level of the generator's input (default: what it was trained with)",
      number({ above: 0 }),
    )
    .option('--grid <file>', 'also write all images as one PNG')
    .action(async (options: GenerateOptions) => {
      await startEngine();
      const generator = await loadGenerator(options.network, options.initSigma);
      await withInterrupt((signal) =>
        writeSampleFiles(options, generator, signal, async (seeds) => ({
          images: toUint8(await generateImages({ generator, seeds, classIndex: options.class })),
          evaluations: 1,
        })),
      );
    });
}
