import { Option, type Command } from 'commander';
import { setJsonOutput } from '../terminal/output-mode.js';

/** Adds `--quiet` to every command below one, and makes those with `--json` print nothing else on standard output. */
export function addQuietOption(command: Command): void {
  if (command.commands.length > 0) return command.commands.forEach(addQuietOption);
  command.addOption(new Option('--quiet', 'print results and errors only: no notes, no progress'));
  command.hook('preAction', () => {
    if (command.opts<{ json?: boolean }>().json === true) setJsonOutput();
  });
}

/**
 * Takes `--quiet` out of what was typed: it is no setting of the command.
 *
 * @param argv after `normalizeArguments`
 */
export function takeQuiet(argv: readonly string[]): { isQuiet: boolean; argv: string[] } {
  const end = argv.indexOf('--');
  const isQuiet = (word: string, i: number) => word === '--quiet' && (end === -1 || i < end);
  return { isQuiet: argv.some(isQuiet), argv: argv.filter((word, i) => !isQuiet(word, i)) };
}
