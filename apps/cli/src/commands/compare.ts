import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { TEACHER_PATH } from '../assets.js';
import type { CompareOptions } from '../compare/comparison.js';
import { METHOD_NAMES, type MethodName } from '../compare/recipes.js';
import { renderMarkdown } from '../compare/report.js';
import { runCompare } from '../compare/run.js';
import { startEngine } from '../engine.js';
import { reportStopped, withInterrupt } from '../interrupt.js';
import { MIN_IMAGES } from '../measuring/measurement.js';
import { backendOption } from '../options/backend-option.js';
import { integer, integerList, number } from '../options/parsers.js';
import { NUM_IMAGES, QUICKSTART_KIMG } from '../quickstart/recipe.js';
import { LiveLine } from '../terminal/live-line.js';

const TEACHER_STEPS = '1,2,5,10,18';

/** `onestep compare` */
export function compareCommand(): Command {
  return new Command('compare')
    .description('distil a teacher with every method on the same number of images, and measure them beside it')
    .option('--outdir <folder>', 'the folder of the comparison, with a run folder a method', 'runs/compare')
    .option('--teacher <file>', 'another teacher for 32x32 grayscale images', TEACHER_PATH)
    .option('--kimg <n>', 'length of each distillation, thousand images', number({ min: 0.001 }), QUICKSTART_KIMG)
    .option('--num <n>', 'generated images behind each FID', integer({ min: MIN_IMAGES }), NUM_IMAGES)
    .addOption(
      new Option('--methods <list>', 'what to compare')
        .argParser(methodList)
        .default(METHOD_NAMES, METHOD_NAMES.join(',')),
    )
    .addOption(
      new Option('--teacher-steps <list>', "numbers of the sampler's steps to measure the teacher at")
        .argParser(stepsList)
        .default(stepsList(TEACHER_STEPS), TEACHER_STEPS),
    )
    .option('--batch <n>', 'images per step', integer({ min: 1 }), 64)
    .option('--seed <n>', 'of all random numbers', integer(), 0)
    .addOption(backendOption())
    .action(async (options: CompareOptions) => {
      const { outdir, backend } = options;
      await startEngine(backend);
      const line = new LiveLine();
      await withInterrupt(async (signal) => {
        const results = await runCompare(options, line, signal);
        if (results === null) return reportStopped(outdir, signal);
        console.log(`\n${renderMarkdown(results)}`);
        for (const name of ['report.html', 'table.md', 'results.json', 'grid.png']) console.log(join(outdir, name));
      });
    });
}

function methodList(text: string): MethodName[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = names.find((name) => !METHOD_NAMES.some((known) => known === name));
  if (unknown === undefined) return names as MethodName[];
  throw new InvalidArgumentError(`There is no method "${unknown}". There are ${METHOD_NAMES.join(', ')}.`);
}

function stepsList(text: string): number[] {
  const steps = [...new Set(integerList(text))];
  if (steps.every((count) => count >= 1)) return steps;
  throw new InvalidArgumentError('A sampler takes at least 1 step.');
}
