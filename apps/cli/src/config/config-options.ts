import { Option, type Command } from 'commander';
import { fullName, settableOptions, settingName } from './config-arguments.js';
import { writeNote } from '../terminal/output-mode.js';
import { setSettings } from './the-settings.js';

/** Thrown where `--dry-run` has printed the options: the command ends well, and does nothing. */
export class DryRun extends Error {}

/**
 * Adds `--config` to every command below one, and `--dry-run` to those that have none. To be called when the commands have
 * all their options.
 */
export function addConfigOptions(command: Command): void {
  if (command.commands.length > 0) return command.commands.forEach(addConfigOptions);
  command.optionsGroup('Settings in a file:');
  command.option('--config <file>', 'options by name in a file of YAML or JSON, or a run folder; what is typed wins');
  if (command.options.some(({ long }) => long === '--dry-run')) return;
  const typed = new Map<Option, unknown>();
  for (const option of command.options) {
    command.on(`option:${option.name()}`, (text: string | null) => {
      const value = plainValue(option, text);
      const before = option.variadic ? ((typed.get(option) as unknown[] | undefined) ?? []) : null;
      typed.set(option, before === null ? value : [...before, value]);
    });
  }
  command.addOption(new Option('--dry-run', 'print the options as --config takes them, and stop'));
  command.hook('preAction', (_, { args }) => {
    const settings = settableOptions(command).flatMap((option) => {
      const value: unknown = typed.has(option) ? typed.get(option) : finite(option.defaultValue);
      return value === undefined ? [] : [[settingName(option), value]];
    });
    const text = JSON.stringify({ command: fullName(command), ...Object.fromEntries(settings) }, null, 2);
    setSettings(text);
    if (command.opts<{ dryRun?: boolean }>().dryRun !== true) return;
    console.log(text);
    if (args.length > 0) writeNote(`Not in it, because they are no options: ${args.join(' ')}`);
    throw new DryRun();
  });
}

/** What was typed, as a file would have it: a number or a boolean where the option's is one. */
function plainValue({ parseArg }: Option, text: string | null): unknown {
  if (text === null) return true;
  const value: unknown = parseArg === undefined ? text : parseArg(text, undefined);
  return typeof value === 'number' || typeof value === 'boolean' ? finite(value) : text;
}

/** JSON has no infinite number: as it is typed. */
const finite = (value: unknown): unknown => (value === Infinity ? 'inf' : value);
