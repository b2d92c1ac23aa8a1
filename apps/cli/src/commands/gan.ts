import { Command } from 'commander';
import { ganTrainCommand } from './gan-train.js';

/** `onestep gan train` */
export function ganCommand(): Command {
  return new Command('gan').description('StyleGAN2: train a GAN on a data set').addCommand(ganTrainCommand());
}
