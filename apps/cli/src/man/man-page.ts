import type { Command } from 'commander';

/** A page of the manual. */
export interface ManPage {
  /** `onestep-edm-train.1` */
  file: string;
  /** In roff, with the macros of man(7). */
  text: string;
}

/** A heading of what follows the options in a command's help. */
const HEADING = /^\S.*:$/;

/** The pages of a command and of all below it, made of their help. @param version of the program */
export function manPages(command: Command, version: string): ManPage[] {
  const own = { file: `${pageName(command)}.1`, text: manPage(command, version) };
  return [own, ...subcommands(command).flatMap((each) => manPages(each, version))];
}

function manPage(command: Command, version: string): string {
  const help = command.createHelp();
  const name = pageName(command);
  const entry = (term: string, about: string) => ['.TP', `.B ${escape(term)}`, escape(about)];
  const entries = (title: string, rows: readonly (readonly [string, string])[]) =>
    rows.length === 0 ? [] : [`.SH ${title}`, ...rows.flatMap(([term, about]) => entry(term, about))];
  const others = [command.parent, ...subcommands(command)].filter((each) => each !== null);
  return [
    `.TH ${quote(name.toUpperCase())} 1 "" ${quote(`onestep ${version}`)} "onestep"`,
    '.SH NAME',
    `${escape(name)} \\- ${escape(help.commandDescription(command))}`,
    '.SH SYNOPSIS',
    `.B ${escape(help.commandUsage(command))}`,
    ...entries('COMMANDS', subcommands(command).map((each) => [help.subcommandTerm(each), help.subcommandDescription(each)])), // prettier-ignore
    ...entries('ARGUMENTS', help.visibleArguments(command).map((each) => [help.argumentTerm(each), help.argumentDescription(each)])), // prettier-ignore
    ...entries('OPTIONS', help.visibleOptions(command).map((each) => [help.optionTerm(each), help.optionDescription(each)])), // prettier-ignore
    ...afterOptions(command),
    ...(others.length === 0 ? [] : ['.SH SEE ALSO', others.map((each) => `${escape(pageName(each))}(1)`).join(',\n')]),
    '',
  ].join('\n');
}

/** What is in the help after the options: notes, and under a heading of their own, examples and formats, line by line. */
function afterOptions(command: Command): string[] {
  let help = '';
  const usual = command.configureOutput();
  command.configureOutput({ ...usual, writeOut: (part) => (help += part) }).outputHelp();
  command.configureOutput(usual);
  const blocks = help.slice(command.helpInformation().length).trim().split(/\n{2,}/).filter((block) => block !== ''); // prettier-ignore
  return blocks.flatMap((block) => {
    const [first = '', ...rest] = block.split('\n');
    if (!HEADING.test(first)) return ['.SH NOTES', escape(block)];
    const lines = rest.map((line) => escape(line.replace(/^ {2}/, '')));
    return [`.SH ${escape(first.slice(0, -1).toUpperCase())}`, '.nf', ...lines, '.fi'];
  });
}

function subcommands(command: Command): Command[] {
  const visible = command.createHelp().visibleCommands(command);
  return visible.filter((each) => each.name() !== 'help');
}

/** `onestep-edm-train` */
function pageName(command: Command): string {
  return command.parent === null ? command.name() : `${pageName(command.parent)}-${command.name()}`;
}

/** Text for roff: what would be a request or an escape sequence is text, dashes stay dashes, and everything is ASCII. */
function escape(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('\n', ' ')
    .replace(
      /[^\x20-\x7e]/gu,
      (character) => `\\[u${character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}]`,
    )
    .replace(/^(?=[.'])/, '\\&');
}

const quote = (text: string): string => `"${escape(text).replaceAll('"', '\\(dq')}"`;
