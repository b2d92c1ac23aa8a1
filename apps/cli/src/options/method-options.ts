import { Option, type Command } from 'commander';
import type { MethodPreset, OptionRow, OptionsOf, OptionTable } from '@onestep/diffusion-core';
import { parseListOrFile } from './label-options.js';
import { parseWith } from './parsers.js';
import type { PresetValues } from './preset.js';

/** Adds an option to a command for every row of a method's table that a command line can set. */
export function addMethodOptions(command: Command, table: OptionTable): void {
  for (const [name, row] of Object.entries(table)) {
    if (row.flag !== false) command.addOption(commandOption(name, row));
  }
}

/**
 * A method's options as they were typed, recorded or set by a preset. Those that were not are left out, so that they
 * have the method's defaults.
 *
 * @param values of the command's options, by commander's names
 * @param continued whether the student was trained before, which some defaults depend on
 */
export function readMethodOptions<T extends OptionTable>(
  table: T,
  values: Readonly<Record<string, unknown>>,
  continued: boolean,
): Partial<OptionsOf<T>> {
  const entries = Object.entries(table).flatMap(([name, row]) => {
    if (row.flag === false) return [];
    const value = values[attributeName(name, row)];
    if (value !== undefined) return [[name, fromFlag(row, value)]];
    return continued && row.continued !== undefined ? [[name, row.continued]] : [];
  });
  return Object.fromEntries(entries) as Partial<OptionsOf<T>>;
}

/** A preset as options of the command. */
export function presetValues<T extends OptionTable>(
  table: T,
  {
    options,
    teacher,
    transfer,
    totalKimg,
    tickKimg,
    snapshotTicks,
    stateTicks,
    metrics,
    ...run
  }: MethodPreset<OptionsOf<T>>,
): PresetValues {
  const own = Object.entries(options).flatMap(([name, value]) => {
    const row = table[name]!;
    return row.flag === false ? [] : [[attributeName(name, row), toFlag(row, value)]];
  });
  const values: PresetValues = {
    ...(Object.fromEntries(own) as PresetValues),
    edmModel: teacher,
    transfer,
    duration: totalKimg === undefined ? undefined : totalKimg / 1000,
    tick: tickKimg,
    snap: snapshotTicks,
    dump: stateTicks,
    metrics: metrics === undefined ? undefined : [...metrics],
    dropout: run.dropout,
    augment: run.augment,
    fp16: run.fp16,
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Options as they are typed on a command line. @param options of a method, by the names of its table */
export function flagArguments(table: OptionTable, options: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    const row = table[name];
    if (row === undefined || row.flag === false) return [];
    return [flagName(name, row), String(toFlag(row, value))];
  });
}

/** How an option is spelled: `--ema`. */
export function flagName(name: string, { flag }: OptionRow<unknown>): string {
  const published = flag === undefined || flag === false ? undefined : flag.name;
  return `--${published ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** What a command's value is by default, as help and documentation show it. */
export function describeDefault(row: OptionRow<unknown>): string {
  const value = toFlag(row, row.default);
  const text = value === undefined || value === null ? (row.unset ?? 'none') : String(value);
  return row.continued === undefined ? text : `${text}; ${row.continued ?? row.unset} with --transfer`;
}

/** A message about options of a program, with their names as they are typed. */
export function nameFlags(message: string, table: OptionTable): string {
  return Object.entries(table).reduce((text, [name, row]) => {
    if (row.flag === false) return text;
    // A name that is an ordinary word too, such as `batch`, counts only where the sentence starts with it.
    const place = /[A-Z]/.test(name) ? new RegExp(`\\b${name}\\b`, 'g') : new RegExp(`^${name}\\b`);
    return text.replace(place, flagName(name, row));
  }, message);
}

function commandOption(name: string, row: OptionRow<unknown>): Option {
  const { check, flag } = row;
  const {
    placeholder = check.placeholder,
    unit = undefined,
    off = undefined,
    isFile = false,
    short = undefined,
  } = flag === false ? {} : (flag ?? {});
  const value = toFlag(row, row.default);
  // A default that is recorded with a run is commander's; the others are said in words.
  const stated = value !== undefined && value !== null && row.continued === undefined;
  const help =
    row.help + (unit === undefined ? '' : `, ${unit}`) + (stated ? '' : ` (default: ${describeDefault(row)})`);
  const letter = short === undefined ? '' : `-${short}, `;
  const option = new Option(`${letter}${flagName(name, row)} <${placeholder}>`, help);
  if (check.choices !== undefined) option.choices(check.choices);
  else if (isFile) option.argParser(parseListOrFile(check));
  else option.argParser(off === undefined ? parseWith(check) : parseOrOff(row));
  return stated ? option.default(value) : option;
}

/** A number that is not above 0 turns the option off. */
function parseOrOff({ check }: OptionRow<unknown>): (text: string) => unknown {
  return (text) => (text.trim() !== '' && Number(text) <= 0 ? Number(text) : parseWith(check)(text));
}

function fromFlag({ flag }: OptionRow<unknown>, value: unknown): unknown {
  const { scale = 1, off = undefined } = flag === false ? {} : (flag ?? {});
  if (scale !== 1 && isListOfNumbers(value)) return value.map((each) => each * scale);
  if (typeof value !== 'number') return value;
  if (off !== undefined && value <= 0) return null;
  return value * scale;
}

function toFlag({ flag }: OptionRow<unknown>, value: unknown): unknown {
  const { scale = 1, off = undefined } = flag === false ? {} : (flag ?? {});
  if (value === null) return off;
  if (scale !== 1 && isListOfNumbers(value)) return value.map((each) => each / scale);
  return typeof value === 'number' ? value / scale : value;
}

function isListOfNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'number');
}

/** The name that commander gives the value of an option. */
export function attributeName(name: string, row: OptionRow<unknown>): string {
  return flagName(name, row)
    .slice(2)
    .replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
