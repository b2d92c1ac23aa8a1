import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { SAMPLERS, type SamplerName } from '@onestep/diffusion-core';
import { parseBudget, type Budget } from '../compare/cells/budget.js';
import type { CellOptions } from '../compare/cells/cell-options.js';
import { inOwnProcess } from '../compare/cells/program-process.js';
import { inThisJob, type RunCommand } from '../compare/cells/run-command.js';
import { runCells } from '../compare/cells/run-cells.js';
import { PAPER_FILES, renderPaperText } from '../compare/paper/write-paper.js';
import { findRecipes, RECIPES } from '../compare/recipes.js';
import { checkCompareGuidance, checkGuidedBoth } from '../compare/guide-recipes.js';
import { renderMarkdown } from '../compare/report.js';
import { runCompare } from '../compare/run.js';
import { currentPlace } from '../networks/network-source.js';
import { addDetectorOptions, addRefMadeBy } from '../options/detector-options.js';
import { addGuidanceOptions, guidanceWhereOption } from '../options/guidance-options.js';
import { addClassProbabilities, addPromptsOption } from '../options/label-options.js';
import { integer, integerList } from '../options/parsers.js';
import { addShortRunOptions, BATCH } from '../short-run/options.js';
import { agreeOnFiles } from '../processes/agree-on-files.js';
import { theCommunicator } from '../processes/communicator.js';
import { UserError } from '../user-error.js';

const TEACHER_STEPS = '1,2,5,10,18';
const TEACHER_CALLS = '1,2,4,8,16,32,50';
const STUDENT_STEPS = '1,2,4';
const BASELINES = 'ddim,ddpm,heun,dpm-solver++';

/** The options as they are typed: methods by name. */
interface TypedOptions extends Omit<CellOptions, 'recipes' | 'areChosen' | 'budget' | 'seeds'> {
  methods?: string[];
  budget?: Budget;
  seeds?: number;
}

/** Options that need a budget. */
const OF_BUDGETS = ['measurements', 'samplers', 'teacherCalls', 'studentSteps', 'pairs'];

/**
 * `onestep compare`
 *
 * @param runHere runs a command of this program in this process
 * @param program how this program is started; left out, a comparison with a budget cannot be run
 */
export function compareCommand(
  runHere: (args: readonly string[]) => Promise<void>,
  program?: readonly string[],
): Command {
  const command = new Command('compare')
    .description(
      'distill a teacher with several methods on the same number of images, and measure all of them; with --budget, over seeds, at equal ' +
        'pictures and at equal time, with tables for a paper',
    )
    .addOption(
      new Option(
        '--methods <list>',
        `methods to compare, from ${Object.keys(RECIPES).join(', ')}, all, or paths of files with a method (default: all that ` +
          'can be run; those that learn from real images need --data)',
      ).argParser(nameList),
    )
    .addOption(
      new Option('--teacher-steps <list>', 'numbers of sampler steps at which the teacher is measured')
        .argParser(stepsList)
        .default(stepsList(TEACHER_STEPS), TEACHER_STEPS),
    )
    .option(
      '--generator <source>',
      'what each method trains, in place of a copy of the teacher: a GAN, a student, or pixels, which are pictures of noise',
    )
    .option('--batch <n>', 'number of images in a training step', integer({ min: 1 }), BATCH)
    .option(
      '--data <zip>',
      'real images such as the teacher makes, for FID; also for methods that learn from them, and for how often classes are drawn',
    )
    .option(
      '--ref <source>',
      'reference statistics for FID, .npz or .safetensors (default: of --data, else of Fashion-MNIST, which comes with the program)',
    );
  addPromptsOption(
    command,
    "students learn them, and all are measured with them (default: the captions of --data, else those in the teacher's file)",
  );
  addDetectorOptions(command, 'that of the reference; without one, fashion-mnist for 32x32 gray images, else color');
  addRefMadeBy(command);
  addClassProbabilities(command, '--data, else in ');
  addGuidanceOptions(command).addOption(guidanceWhereOption());
  addShortRunOptions(command, { outdir: 'runs/compare', kimg: 8 }).option('--json', 'print results.json');
  addBudgetOptions(command);
  return command.action(async ({ methods, json, ...options }: TypedOptions & { json?: boolean }) => {
    checkBudget(command, options);
    checkCompareGuidance(options);
    const teacher = await currentPlace(options.teacher);
    const areChosen = methods !== undefined && !methods.includes('all');
    const recipes = methods === undefined ? RECIPES : await findRecipes(methods);
    checkGuidedBoth(options, recipes);
    const generator = options.generator && (await currentPlace(options.generator));
    const guidanceNetwork = options.guidanceNetwork && (await currentPlace(options.guidanceNetwork));
    const settled = { ...options, teacher, generator, guidanceNetwork, recipes, areChosen };
    const { data, prompts, textEncoder, ref, detector } = options;
    const files = Object.values(recipes).flatMap(({ file }) => (file === undefined ? [] : [[`methods ${file}`, file]]));
    await agreeOnFiles({
      teacher,
      data,
      prompts,
      'text-encoder': textEncoder,
      ref,
      detector,
      'guidance-network': guidanceNetwork,
      ...(Object.fromEntries(files) as Record<string, string>),
    });
    if (isBudgeted(options)) return compareOnBudget(command, settled, runnerOf(runHere, program), json);
    const results = await runCompare(settled, theCommunicator());
    if (results === null) return;
    if (json) return console.log(JSON.stringify(results, null, 2));
    console.log(`\n${renderMarkdown(results)}`);
    for (const name of ['report.html', 'table.md', 'results.json', 'grid.png']) console.log(join(options.outdir, name));
  });
}

/** Adds the options of a comparison with a budget. */
function addBudgetOptions(command: Command): void {
  command
    .optionsGroup('A comparison for a paper:')
    .option(
      '--budget <length>',
      'length of each training: a time without measuring, such as 30m, or a number of images, such as 64kimg',
      parseBudget,
    )
    .option(
      '--seeds <n>',
      'number of trainings of each method, with the seeds from --seed on (default: 1)',
      integer({ min: 1 }),
    )
    .option('--measurements <n>', 'measurements of each training, at most one a kimg', integer({ min: 1 }), 8)
    .addOption(
      new Option('--samplers <list>', `samplers of the teacher: ${Object.keys(SAMPLERS).join(', ')}`)
        .argParser(samplerList)
        .default(samplerList(BASELINES), BASELINES),
    )
    .addOption(
      new Option('--teacher-calls <list>', 'network calls of a picture at which each sampler is measured')
        .argParser(stepsList)
        .default(stepsList(TEACHER_CALLS), TEACHER_CALLS),
    )
    .addOption(
      new Option(
        '--student-steps <list>',
        'network calls of a picture at which students that can refine theirs are measured',
      )
        .argParser(stepsList)
        .default(stepsList(STUDENT_STEPS), STUDENT_STEPS),
    )
    .option(
      '--pairs <n>',
      'pairs that the teacher makes for methods that learn from pairs; 0: leave them out',
      integer({ min: 0 }),
      0,
    )
    .optionsGroup('Options:');
}

/** How the trainings of a comparison with a budget are run: by the processes of a job together, or in a process of each one's own. */
function runnerOf(
  runHere: (args: readonly string[]) => Promise<void>,
  program: readonly string[] | undefined,
): RunCommand {
  const communicator = theCommunicator();
  if (communicator.size > 1) return inThisJob(runHere, communicator);
  if (program !== undefined) return inOwnProcess(program);
  throw new UserError(
    'A comparison with a budget starts the program onestep for each training: run it with that program.',
  );
}

async function compareOnBudget(
  command: Command,
  options: Omit<CellOptions, 'budget' | 'seeds'> & Pick<TypedOptions, 'budget' | 'seeds'>,
  run: RunCommand,
  json = false,
): Promise<void> {
  const isTyped = command.getOptionValueSource('teacherSteps') === 'cli';
  const results = await runCells(
    {
      ...options,
      budget: options.budget ?? { kind: 'images', kimg: options.kimg },
      seeds: options.seeds ?? 1,
      typedTeacherSteps: isTyped ? options.teacherSteps : undefined,
    },
    run,
    theCommunicator(),
  );
  if (results === null) return;
  if (json) console.log(JSON.stringify(results, null, 2));
  else {
    console.log(`\n${renderPaperText(results)}`);
    for (const name of PAPER_FILES) console.log(join(options.outdir, name));
  }
  if (results.failed.length === 0) return;
  for (const { message } of results.failed) console.error(message);
  process.exitCode = 1;
}

function isBudgeted({ budget, seeds }: Pick<TypedOptions, 'budget' | 'seeds'>): boolean {
  return budget !== undefined || seeds !== undefined;
}

/** @throws UserError if options exclude each other */
function checkBudget(command: Command, options: TypedOptions): void {
  const isTyped = (name: string) => command.getOptionValueSource(name) === 'cli';
  if (options.budget !== undefined && isTyped('kimg')) {
    throw new UserError(
      `--kimg and --budget both say how long to train: leave --kimg out, or give --budget ${options.kimg}kimg.`,
      2,
    );
  }
  const stray = OF_BUDGETS.find(isTyped);
  if (isBudgeted(options) || stray === undefined) return;
  const flag = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  throw new UserError(
    `--${flag} is for a comparison with a budget: give --budget 30m, --budget 64kimg or --seeds 3 too.`,
    2,
  );
}

function samplerList(text: string): SamplerName[] {
  const names = nameList(text);
  const unknown = names.find((name) => !Object.hasOwn(SAMPLERS, name));
  if (unknown === undefined) return names as SamplerName[];
  throw new InvalidArgumentError(`There is no sampler ${unknown}: choose from ${Object.keys(SAMPLERS).join(', ')}.`);
}

function nameList(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))];
}

function stepsList(text: string): number[] {
  const steps = [...new Set(integerList(text))];
  if (steps.every((count) => count >= 1)) return steps;
  throw new InvalidArgumentError('A sampler takes at least 1 step.');
}
