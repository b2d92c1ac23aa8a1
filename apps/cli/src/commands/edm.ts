import { Command } from 'commander';
import { edmGenerateCommand } from './edm-generate.js';
import { edmTrainCommand } from './edm-train.js';

/** `onestep edm train | generate` */
export function edmCommand(): Command {
  return new Command('edm')
    .description('EDM diffusion models: train a teacher, sample it in many steps')
    .addCommand(edmTrainCommand())
    .addCommand(edmGenerateCommand());
}
