import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { CompareOptions } from '../compare/comparison.js';
import { findRecipes, RECIPES } from '../compare/recipes.js';
import { renderMarkdown } from '../compare/report.js';
import { runCompare } from '../compare/run.js';
import { currentPlace } from '../networks/network-source.js';
import { addDetectorOptions, addRefMadeBy } from '../options/detector-options.js';
import { addClassProbabilities } from '../options/label-options.js';
import { integer, integerList } from '../options/parsers.js';
import { addShortRunOptions, BATCH } from '../short-run/options.js';

const TEACHER_STEPS = '1,2,5,10,18';

/** The options as they are typed: methods by name. */
interface TypedOptions extends Omit<CompareOptions, 'recipes' | 'areChosen'> {
  methods?: string[];
}

/** `onestep compare` */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('distill a teacher with several methods on the same number of images, and measure all of them')
    .addOption(
      new Option(
        '--methods <list>',
        `methods to compare, from ${Object.keys(RECIPES).join(', ')}, or paths of files with a method (default: all that ` +
          'can be run; those that learn from real images need --data)',
      ).argParser(nameList),
    )
    .addOption(
      new Option('--teacher-steps <list>', 'numbers of sampler steps at which the teacher is measured')
        .argParser(stepsList)
        .default(stepsList(TEACHER_STEPS), TEACHER_STEPS),
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
  addDetectorOptions(command, 'that of the reference; without one, fashion-mnist for 32x32 gray images, else color');
  addRefMadeBy(command);
  addClassProbabilities(command, '--data, else in ');
  return addShortRunOptions(command, 'runs/compare').action(async ({ methods, ...options }: TypedOptions) => {
    const teacher = await currentPlace(options.teacher);
    const recipes = methods === undefined ? RECIPES : await findRecipes(methods);
    const results = await runCompare({ ...options, teacher, recipes, areChosen: methods !== undefined });
    if (results === null) return;
    console.log(`\n${renderMarkdown(results)}`);
    for (const name of ['report.html', 'table.md', 'results.json', 'grid.png']) console.log(join(options.outdir, name));
  });
}

function nameList(text: string): string[] {
  return [...new Set(text.split(',').map((name) => name.trim()))];
}

function stepsList(text: string): number[] {
  const steps = [...new Set(integerList(text))];
  if (steps.every((count) => count >= 1)) return steps;
  throw new InvalidArgumentError('A sampler takes at least 1 step.');
}
