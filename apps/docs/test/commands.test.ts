import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { normalizeArguments } from '../../cli/src/options/argv.js';
import { createProgram } from '../../cli/src/program.js';
import { documentedCommands, type DocumentedCommand } from '../src/commands.js';
import { markdownFiles, ROOT } from '../src/repository.js';

type Command = Awaited<ReturnType<typeof createProgram>>;

const programs = new Map<string, Promise<Command>>();

/** The program, whose commands are parsed and do nothing. */
function idleProgram(argv: readonly string[]): Promise<Command> {
  const name = argv[0] === 'distill' ? argv[1]! : '';
  const program = programs.get(name) ?? createProgram(argv).then(disarm);
  programs.set(name, program);
  return program;
}

function disarm(command: Command): Command {
  command.configureOutput({ writeOut: () => undefined, writeErr: () => undefined });
  command.commands.forEach(disarm);
  return command.commands.length > 0 ? command : command.action(() => undefined);
}

/** What is wrong with a command; undefined if it is understood. */
async function faultOf({ argv }: Pick<DocumentedCommand, 'argv'>): Promise<string | undefined> {
  const typed = normalizeArguments(argv);
  const program = await idleProgram(typed);
  return program.parseAsync(typed, { from: 'user' }).then(
    () => undefined,
    ({ code, message }: { code?: string; message: string }) =>
      code === 'commander.helpDisplayed' ? undefined : message,
  );
}

it('the commands in all texts are understood', async () => {
  const files = markdownFiles().filter((file) => !/^(api|\.changeset)\/|CHANGELOG/.test(file));
  const commands = files.flatMap((file) => documentedCommands(readFileSync(join(ROOT, file), 'utf8')));
  // A method of a file is not there.
  const here = commands.filter(({ argv }) => !argv[1]?.startsWith('./'));
  expect(here.length).toBeGreaterThan(150);
  const faults: string[] = [];
  for (const command of here) {
    const fault = await faultOf(command);
    if (fault !== undefined) faults.push(`${command.text}: ${fault}`);
  }
  expect(faults).toEqual([]);
});

it('a command with an option that does not exist is not understood', async () => {
  for (const line of ['distill sid --edm-modell x --outdir y', 'edm trian --outdir y', 'generate --seeds 0-x']) {
    expect(await faultOf({ argv: line.split(' ') })).toBeDefined();
  }
});
