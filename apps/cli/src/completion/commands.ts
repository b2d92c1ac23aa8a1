import type { Command, Option } from 'commander';

/** What can follow the words of a command. */
export interface CompletionEntry {
  /** The words, such as `edm train`; empty for the program itself. */
  words: string;
  commands: { name: string; about: string }[];
  options: CompletionOption[];
  /** The values of its arguments, where they are a list. */
  values: readonly string[];
  /** Whether it has other arguments, which are completed as files. */
  takesFiles: boolean;
}

/** An option. */
export interface CompletionOption {
  /** Its long name, with dashes. */
  name: string;
  about: string;
  /** Whether a value follows. */
  takesValue: boolean;
  /** The values, where they are a list; without, files are completed. */
  choices: readonly string[];
}

/** Most characters of a description: shells show one line. */
const MOST = 70;

/** Everything that can be completed, from the program's commands. */
export function completionEntries(command: Command, words: readonly string[] = []): CompletionEntry[] {
  const visible = command
    .createHelp()
    .visibleCommands(command)
    .filter((each) => each.name() !== 'help');
  const own: CompletionEntry = {
    words: words.join(' '),
    commands: visible.map((each) => ({ name: each.name(), about: shorten(each.description()) })),
    options: [...command.createHelp().visibleOptions(command)].flatMap(optionEntry),
    values: command.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []),
    takesFiles: command.registeredArguments.some(({ argChoices }) => argChoices === undefined),
  };
  return [own, ...visible.flatMap((each) => completionEntries(each, [...words, each.name()]))];
}

function optionEntry({ long, description, required, optional, argChoices }: Option): CompletionOption[] {
  if (long == null) return [];
  return [{ name: long, about: shorten(description), takesValue: required || optional, choices: argChoices ?? [] }];
}

function shorten(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length <= MOST ? line : `${line.slice(0, MOST - 3)}...`;
}
