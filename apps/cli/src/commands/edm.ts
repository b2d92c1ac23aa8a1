import { Command } from 'commander';
import { edmGenerateCommand } from './edm-generate.js';
import { edmPairsCommand } from './edm-pairs.js';
import { edmTrainCommand } from './edm-train.js';

/** `onestep edm train | generate | pairs` */
export function edmCommand(): Command {
  return new Command('edm')
    .description('EDM diffusion models: train a teacher, sample it in many steps, make pairs of noise and image')
    .addCommand(edmTrainCommand())
    .addCommand(edmGenerateCommand())
    .addCommand(edmPairsCommand());
}
