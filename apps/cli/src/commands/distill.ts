import { Command } from 'commander';
import { distillBootCommand } from './distill-boot.js';
import { distillDiffInstructCommand } from './distill-diff-instruct.js';
import { distillSidCommand } from './distill-sid.js';

/** `onestep distill METHOD`; a new method is one line here. */
export function distillCommand(): Command {
  return new Command('distill')
    .description('turn a diffusion model into a one-step generator, without data')
    .addCommand(distillDiffInstructCommand())
    .addCommand(distillSidCommand())
    .addCommand(distillBootCommand());
}
