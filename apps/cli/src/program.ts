import { Command } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { addConfigOptions, DryRun } from './config/config-options.js';
import { expandConfig, findCommand } from './config/expand-config.js';
import { compareCommand } from './commands/compare.js';
import { completionCommand } from './commands/completion.js';
import { convertCommand } from './commands/convert.js';
import { datasetCommand } from './commands/dataset.js';
import { distillCommand } from './commands/distill.js';
import { doctorCommand } from './commands/doctor.js';
import { edmCommand } from './commands/edm.js';
import { emaCommand } from './commands/ema.js';
import { engineCommand } from './commands/engine.js';
import { ganCommand } from './commands/gan.js';
import { generateCommand } from './commands/generate.js';
import { metricsCommand } from './commands/metrics.js';
import { quickstartCommand } from './commands/quickstart.js';
import { reportCommand } from './commands/report.js';
import { runsCommand } from './commands/runs.js';
import { watchCommand } from './commands/watch.js';
import { normalizeArguments } from './options/argv.js';
import { addExamples, addHelpNotes } from './options/examples.js';
import { addQuietOption, takeQuiet } from './options/output-options.js';
import { checkIsShared, SHARED } from './processes/shared-commands.js';
import { withOutputMode } from './terminal/output-mode.js';

/**
 * Runs the command-line program.
 *
 * @param args what was typed after the program's name
 * @param self see {@link createProgram}
 */
export async function runProgram(args: readonly string[], self?: readonly string[]): Promise<void> {
  const { isQuiet, argv } = takeQuiet(normalizeArguments(args));
  const program = await createProgram(argv, self);
  await withOutputMode({ isQuiet }, async () => {
    try {
      await program.parseAsync(await expandConfig(program, withoutVainHelp(program, argv)), { from: 'user' });
    } catch (error) {
      if (!(error instanceof DryRun)) throw error;
    }
  });
}

/**
 * The whole command-line program. A new command is one line here.
 *
 * @param argv what was typed after the program's name
 * @param self the file and the first arguments that start this program, for commands that do so
 */
export async function createProgram(argv: readonly string[], self?: readonly string[]): Promise<Command> {
  const program = new Command('onestep')
    .description('One-step diffusion distillation: teachers, students, samples and honest measurements.')
    .version(packageJson.version);
  addHelpNotes(
    program,
    `Several processes, of one host or many, share the work of ${SHARED.join(', ')}: mpirun -n 4 onestep distill ...`,
    'The other commands work in one process, and refuse to start in several.',
  );
  program.addCommand(quickstartCommand());
  program.addCommand(datasetCommand());
  program.addCommand(edmCommand());
  program.addCommand(ganCommand());
  program.addCommand(await distillCommand(argv[0] === 'distill' ? argv[1] : undefined));
  program.addCommand(generateCommand());
  program.addCommand(metricsCommand());
  program.addCommand(compareCommand((args) => runProgram(args, self), self));
  program.addCommand(convertCommand());
  program.addCommand(emaCommand());
  // Settings of files are for commands that have some: those that follow are about this machine and its runs.
  program.commands.forEach(addConfigOptions);
  program.addCommand(runsCommand());
  program.addCommand(watchCommand());
  program.addCommand(reportCommand());
  program.addCommand(engineCommand());
  program.addCommand(doctorCommand());
  program.addCommand(completionCommand());
  program.commands.forEach(addQuietOption);
  addExamples(program);
  tellErrors(program);
  program.hook('preAction', (_, command) => checkIsShared(command));
  return program;
}

/** Leaves out `--help` of a command that there is not: Commander shows another's, and does not say what was meant. */
function withoutVainHelp(program: Command, argv: readonly string[]): string[] {
  const { command, words } = findCommand(program, argv);
  const next = argv[words.length];
  const isCommand = command.commands.length === 0 || next === undefined || next.startsWith('-') || next === 'help';
  return isCommand ? [...argv] : argv.filter((word) => word !== '--help' && word !== '-h');
}

/** What is wrong with what was typed is thrown by every command, and told with the way out. */
function tellErrors(command: Command): void {
  command.exitOverride().showHelpAfterError('(add --help for the options)');
  command.commands.forEach(tellErrors);
}
