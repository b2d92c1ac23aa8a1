import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { readTrainingOptions } from '@onestep/diffusion-core/node';
import { TEACHER_PATH } from '../assets.js';
import { startEngine } from '../engine.js';
import { reportStopped, withInterrupt } from '../interrupt.js';
import { MIN_IMAGES } from '../measuring/measurement.js';
import { backendOption } from '../options/backend-option.js';
import { integer, number } from '../options/parsers.js';
import { NUM_IMAGES, QUICKSTART_KIMG } from '../quickstart/recipe.js';
import { runQuickstart, type QuickstartOptions } from '../quickstart/run.js';
import type { Summary } from '../quickstart/summary.js';
import { readJson } from '../read-json.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { LiveLine } from '../terminal/live-line.js';
import { UserError } from '../user-error.js';

/** `onestep quickstart` */
export function quickstartCommand(): Command {
  return new Command('quickstart')
    .description('distil the Fashion-MNIST teacher that comes with the program to one step, in a few minutes on a CPU')
    .option('--outdir <folder>', 'the run folder', 'runs/quickstart')
    .option('--teacher <file>', 'another teacher for 32x32 grayscale images', TEACHER_PATH)
    .option('--kimg <n>', 'length of the distillation, thousand images', number({ min: 0.001 }), QUICKSTART_KIMG)
    .option('--num <n>', 'generated images behind each FID', integer({ min: MIN_IMAGES }), NUM_IMAGES)
    .option('--seed <n>', 'of all random numbers', integer(), 0)
    .addOption(backendOption())
    .action(async (options: QuickstartOptions, command: Command) => {
      const { outdir } = options;
      const finished = await readJson<Summary>(join(outdir, 'summary.json'), ['fid', 'nfe', 'images_per_second']);
      if (finished !== null) {
        await refuseOtherOptions(command, options);
        console.log(`${outdir} holds a finished quickstart; --outdir starts another one.`);
        printSummary(finished, outdir);
        return;
      }
      await startEngine(options.backend);
      const line = new LiveLine();
      await withInterrupt(async (signal) => {
        const summary = await runQuickstart(options, line, signal).finally(() => line.clear());
        if (summary === null) return reportStopped(outdir, signal);
        printSummary(summary, outdir);
      });
    });
}

/** @throws UserError if an option was typed that the finished run did not have: its results would answer another question */
async function refuseOtherOptions(command: Command, options: QuickstartOptions): Promise<void> {
  const recorded = await readTrainingOptions(options.outdir);
  for (const name of ['kimg', 'num', 'seed'] as const) {
    const typed = command.getOptionValueSource(name) === 'cli';
    if (!typed || recorded === null || recorded[name] === options[name]) continue;
    throw new UserError(
      `${options.outdir} holds a finished quickstart with --${name} ${String(recorded[name])}: ` +
        `choose another --outdir for --${name} ${options[name]}.`,
    );
  }
}

function printSummary(summary: Summary, outdir: string): void {
  const { fid, nfe, images_per_second: speed } = summary;
  const row = (name: string, evaluations: number, value: number, imagesPerSecond?: number) =>
    `  ${name.padEnd(16)}${String(evaluations).padStart(12)}${formatNumber(value).padStart(10)}` +
    (imagesPerSecond === undefined ? '' : formatNumber(imagesPerSecond).padStart(12));
  console.log(
    [
      '',
      pc.dim(`  ${''.padEnd(16)}${'evaluations'.padStart(12)}${'FID'.padStart(10)}${'images/s'.padStart(12)}`),
      row('teacher', nfe.teacher, fid.teacher, speed.teacher),
      row('student before', nfe.student, fid.student_before),
      pc.bold(row('student after', nfe.student, fid.student_after, speed.student)),
      '',
      pc.dim(`  FID: ${summary.detector}, ${summary.num_images} images, against ${summary.reference}`),
      `  ${formatDuration(summary.seconds)} in all, ${formatDuration(summary.training_seconds)} of them training`,
      '',
      `  report   ${join(outdir, 'report.html')}`,
      `  picture  ${join(outdir, 'grid.png')}`,
      `  student  ${join(outdir, 'student.safetensors')}`,
    ].join('\n'),
  );
}
