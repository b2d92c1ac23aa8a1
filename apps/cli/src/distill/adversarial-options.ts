import { Option, type Command } from 'commander';
import type { Method, OptionTable } from '@onestep/diffusion-core';
import { boolean, number } from '../options/parsers.js';
import { UserError } from '../user-error.js';

/** Options of SiDA's published script, which other methods take too as far as they ask for nothing. */
export interface AdversarialOptions {
  useGan?: boolean;
  lsd?: number;
  lsgGan?: number;
}

const NAMES = ['useGan', 'lsd', 'lsgGan'] as const;

/** Adds those of {@link AdversarialOptions} that the method does not have. The help leaves them out. */
export function addAdversarialOptions(command: Command, table: OptionTable): void {
  const options = {
    useGan: new Option('--use-gan [bool]').argParser(boolean),
    lsd: new Option('--lsd <factor>').argParser(number()),
    lsgGan: new Option('--lsg-gan <factor>').argParser(number()),
  };
  for (const name of NAMES) if (!Object.hasOwn(table, name)) command.addOption(options[name].hideHelp());
}

/**
 * Takes away the options that the method does not have, which are not recorded.
 *
 * @returns the other options, and one line for each that was given
 * @throws UserError if the adversarial loss is asked for
 */
export function withoutAdversary<T extends AdversarialOptions>(
  given: T,
  { title, options: table }: Method,
): { options: T; notes: string[] } {
  const unknown = NAMES.filter((name) => !Object.hasOwn(table, name));
  const has = (name: (typeof NAMES)[number]) => unknown.includes(name) && given[name] !== undefined;
  const what = `the adversarial loss of SiDA, which ${title} does not have`;
  if (has('useGan') && given.useGan) {
    throw new UserError(
      `--use-gan 1 asks for ${what}: use onestep distill sida. Or give --use-gan 0 to train with the loss of ${title}.`,
      2,
    );
  }
  const flags = { '--lsd': 'lsd', '--lsg-gan': 'lsgGan' } as const;
  const notes = Object.entries(flags).flatMap(([flag, name]) =>
    has(name) ? [`${flag} ${given[name]} has no effect: it weights ${what} (onestep distill sida).`] : [],
  );
  const options = Object.fromEntries(Object.entries(given).filter(([name]) => !unknown.includes(name as never)));
  return { options: options as unknown as T, notes };
}
