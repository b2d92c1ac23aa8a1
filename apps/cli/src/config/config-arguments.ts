import { InvalidArgumentError, type Command, type Option } from 'commander';
import { otherNamesOf } from '../options/argv.js';
import { UserError } from '../user-error.js';
import { nearestName } from './nearest-name.js';
import type { Config, Setting } from './read-config.js';

/** Values of a record that follow from options, and are none: the length of a GAN's training. */
const DERIVED = ['duration'];
/** Values of a record that are options under another name: a published GAN that `gan train --resume` named. */
const RECORDED_AS: Readonly<Record<string, string>> = { resumePkl: 'resume' };

/**
 * The settings of a file as they would be typed on the command line, which checks and reads them as it does what is typed.
 *
 * In the record of a run, options that have their default are set on `command` instead, as not typed: there every option is
 * listed, and commands say what is typed to no effect.
 *
 * @param command that the settings are for
 * @param typed long names of the options that are typed, which win
 * @throws UserError naming the file and the setting, if the command has no such option, it is set twice, or its value is wrong
 */
export function configArguments(command: Command, config: Config, typed: ReadonlySet<string>): string[] {
  const places = new Map<Option, Setting>();
  return config.settings.flatMap((setting) => {
    const option = findOption(command, setting, config);
    if (option === null) return [];
    const first = places.get(option);
    if (first !== undefined) {
      throw new UserError(
        `${setting.place}: ${setting.key} sets the same option as ${first.key}: keep one of them.`,
        2,
      );
    }
    places.set(option, setting);
    const words = argumentsOf(option, setting);
    if (typed.has(option.long!)) return [];
    if (!config.isRecord || setting.key in RECORDED_AS) return words;
    if (JSON.stringify(setting.value) !== JSON.stringify(option.defaultValue)) return words;
    command.setOptionValueWithSource(option.attributeName(), option.defaultValue, 'recorded');
    return [];
  });
}

/** Options that say what to do with settings, and are none. */
export const NO_SETTINGS: readonly (string | undefined)[] = ['--config', '--dry-run', '--quiet'];

/** The options of a command that a file can set. */
export function settableOptions(command: Command): Option[] {
  return command.options.filter(({ long, hidden }) => !NO_SETTINGS.includes(long) && !hidden);
}

/** The name of an option in a file: `batch-gpu`. */
export const settingName = ({ long }: Option): string => long!.slice(2);

function findOption(command: Command, { key, place }: Setting, { isRecord }: Config): Option | null {
  const options = settableOptions(command);
  const dashed = `--${(isRecord ? (RECORDED_AS[key] ?? key) : key).replaceAll('_', '-')}`;
  const name = otherNamesOf(fullName(command).split(' ')[0])[dashed] ?? dashed;
  const found = options.find((option) => option.long === name || option.attributeName() === key);
  if (found !== undefined) return found;
  if (isRecord && DERIVED.includes(key)) return null;
  const nearest = nearestName(dashed.slice(2), options.map(settingName));
  const advice = nearest === null ? `"onestep ${fullName(command)} --help" lists them` : `did you mean ${nearest}?`;
  throw new UserError(`${place}: ${key} is no option of ${fullName(command)}; ${advice.replace(/([^?])$/, '$1.')}`, 2);
}

function argumentsOf(option: Option, setting: Setting): string[] {
  const { value } = setting;
  if (!option.required && !option.optional) {
    if (typeof value !== 'boolean') throw wrong(setting, 'It has to be true or false.');
    return value ? [option.long!] : [];
  }
  if (option.variadic) {
    const values = Array.isArray(value) ? (value as unknown[]) : [value];
    return values.map((each) => `${option.long}=${textOf(option, { ...setting, value: each })}`);
  }
  return [`${option.long}=${textOf(option, setting)}`];
}

/** A value as it would be typed. @throws UserError if it cannot be one of the option's */
function textOf(option: Option, setting: Setting): string {
  const { value } = setting;
  if (value === null || value === undefined) throw wrong(setting, 'Give it a value, or leave it out.');
  if (option.parseArg === undefined) {
    if (typeof value === 'string' || typeof value === 'number') return String(value);
    throw wrong(setting, 'It has to be a text.');
  }
  const text = typedForm(value);
  try {
    option.parseArg(text, undefined);
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw wrong(setting, error.message);
  }
  return text;
}

/** A list as `1,2,3`, an object as `name=value,name=value`, anything else as its text. */
function typedForm(value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(',');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, each]) => `${name}=${String(each)}`)
    .join(',');
}

function wrong({ key, value, place }: Setting, message: string): UserError {
  return new UserError(`${place}: ${key} is ${JSON.stringify(value)}. ${message}`, 2);
}

/** A command by the words that are typed: `edm train`. */
export function fullName(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${fullName(parent)} ${command.name()}`;
}
