import { Command, CommanderError } from 'commander';

/**
 * The option whose name is nearest to a name that none has, by commander's rule for options on the command line.
 *
 * @param names of options, such as `batch-gpu`
 * @returns null if none is near
 */
export function nearestName(name: string, names: readonly string[]): string | null {
  const probe = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  for (const each of names) probe.option(`--${each}`);
  try {
    probe.parse([`--${name}`], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return /Did you mean (?:one of )?--([^\s,?]+)/.exec(error.message)?.[1] ?? null;
  }
  return null;
}
