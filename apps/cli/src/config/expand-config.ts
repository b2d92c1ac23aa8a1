import type { Command } from 'commander';
import { agree } from '@onestep/diffusion-core';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';
import { configArguments, fullName } from './config-arguments.js';
import { readConfig, type Config } from './read-config.js';

/**
 * Replaces `--config FILE` by the settings of the file, as if they had been typed before all others: what is typed wins.
 * Processes that share a command compare the settings that they read.
 *
 * @param argv after `normalizeArguments`
 * @throws UserError where the file cannot be read, is for another command, or has a setting that the command cannot take
 */
export async function expandConfig(program: Command, argv: readonly string[]): Promise<string[]> {
  const { command, words } = findCommand(program, argv);
  const { path, others } = takeConfig(argv.slice(words.length));
  if (path === null || !command.options.some(({ long }) => long === '--config')) return [...argv];
  const config = readConfig(path);
  checkCommand(config, command);
  const settings = configArguments(command, config, typedOptions(command, others));
  await agree(theCommunicator(), { 'settings of --config': settings.join(' ') });
  return [...words, ...settings, ...others];
}

/** The command that is typed, and the words that name it. */
export function findCommand(program: Command, argv: readonly string[]): { command: Command; words: readonly string[] } {
  let command = program;
  for (const [index, word] of argv.entries()) {
    const child = command.commands.find((each) => each.name() === word || each.aliases().includes(word));
    if (child === undefined) return { command, words: argv.slice(0, index) };
    command = child;
  }
  return { command, words: argv };
}

function takeConfig(typed: readonly string[]): { path: string | null; others: string[] } {
  const paths: string[] = [];
  const others: string[] = [];
  const end = typed.indexOf('--');
  for (let i = 0; i < typed.length; i++) {
    const word = typed[i]!;
    const isOption = end === -1 || i < end;
    if (isOption && word.startsWith('--config=')) paths.push(word.slice('--config='.length));
    else if (isOption && word === '--config' && i + 1 < typed.length) paths.push(typed[++i]!);
    else others.push(word);
  }
  if (paths.length > 1) throw new UserError('--config is there twice: give one file of settings.', 2);
  return { path: paths[0] ?? null, others };
}

/** The long names of the options in what is typed. */
function typedOptions(command: Command, typed: readonly string[]): Set<string> {
  const end = typed.indexOf('--');
  const names = typed.slice(0, end === -1 ? undefined : end).map((word) => word.split('=')[0]!);
  const options = command.options.filter(({ long, short }) => names.some((name) => name === long || name === short));
  return new Set(options.map(({ long }) => long!));
}

/** @throws UserError if the file says that it is for another command */
function checkCommand({ command: named, path }: Config, command: Command): void {
  const here = fullName(command);
  // The path of a method's file is typed in place of the method's name.
  if (named === undefined || named === here || (here.startsWith('distill ') && /[./\\]/.test(command.name()))) return;
  throw new UserError(
    `${path} has settings of "onestep ${named}", not of "onestep ${here}": run that, or pass another file.`,
    2,
  );
}
