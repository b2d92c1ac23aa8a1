import { Option, type Command } from 'commander';
import { boolean, number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

/** Options of SiDA's published script that its adversarial loss has, and this program has not. They are not recorded. */
export interface AdversarialOptions {
  useGan?: boolean;
  lsd?: number;
  lsgGan?: number;
}

/** Adds {@link AdversarialOptions} to a command. The help leaves them out. */
export function addAdversarialOptions(command: Command): Command {
  return command
    .addOption(new Option('--use-gan [bool]').argParser(boolean).hideHelp())
    .addOption(new Option('--lsd <factor>').argParser(number()).hideHelp())
    .addOption(new Option('--lsg-gan <factor>').argParser(number()).hideHelp());
}

/** One line for each of the options that was given. @throws UserError if the adversarial loss is asked for */
export function withoutAdversary({ useGan, lsd, lsgGan }: AdversarialOptions): string[] {
  const what = 'the adversarial loss of SiDA, which this program does not have';
  if (useGan) {
    throw new UserError(
      `--use-gan 1 asks for ${what}. Give --use-gan 0 to train without it, with the loss of the method.`,
      2,
    );
  }
  return Object.entries({ '--lsd': lsd, '--lsg-gan': lsgGan }).flatMap(([flag, value]) =>
    value === undefined ? [] : [`${flag} ${value} has no effect: it weights ${what}.`],
  );
}
