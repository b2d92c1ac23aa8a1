import { Option, type Command } from 'commander';
import { numberList } from '@onestep/diffusion-core';
import { integer, parseWith } from './parsers.js';

/** Adds `--steps` and `--levels`: in how many steps a generator makes images. @param steps help of `--steps` */
export function addStepOptions(command: Command, steps: string): Command {
  return command.option('--steps <n>', steps, integer({ min: 1 })).addOption(levelsOption());
}

function levelsOption(): Option {
  const help =
    'noise levels of the steps, from that of the latents down, such as 80,24,5.8,0.8 (default: down to 0.821)';
  return new Option('--levels <list>', help).argParser(parseWith(numberList({ above: 0 })));
}
