import { Command } from 'commander';
import { isMethodPath, loadMethod } from '../distill/load-method.js';
import { methodCommand } from '../distill/method-command.js';
import { METHODS } from 'onestep';

/**
 * `onestep distill METHOD`: a command for every method of the list, and for the method of a file whose path is given.
 *
 * @param argument what follows `distill`, if anything
 */
export async function distillCommand(argument: string | undefined): Promise<Command> {
  const command = new Command('distill')
    .description('turn a diffusion model into a one-step generator, without data')
    .addHelpText('after', '\nA method of your own: onestep distill ./my-method.mjs --help');
  for (const method of METHODS) command.addCommand(methodCommand(method));
  if (argument !== undefined && isMethodPath(argument)) {
    command.addCommand(methodCommand(await loadMethod(argument), argument), { hidden: true });
  }
  return command;
}
