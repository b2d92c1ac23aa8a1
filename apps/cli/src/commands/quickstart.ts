import { access, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import pc from 'picocolors';
import { TEACHER_PATH } from '../assets.js';
import { startEngine } from '../engine.js';
import { withInterrupt } from '../interrupt.js';
import { integer, number } from '../options/parsers.js';
import { NUM_IMAGES, QUICKSTART_KIMG } from '../quickstart/recipe.js';
import { runQuickstart, type QuickstartOptions } from '../quickstart/run.js';
import type { Summary } from '../quickstart/summary.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { LiveLine } from '../terminal/live-line.js';

/** `onestep quickstart` */
export function quickstartCommand(): Command {
  return new Command('quickstart')
    .description('distil the Fashion-MNIST teacher that comes with the program to one step, in a few minutes on a CPU')
    .option('--outdir <folder>', 'the run folder', 'runs/quickstart')
    .option('--teacher <file>', 'another teacher for 32x32 grayscale images', TEACHER_PATH)
    .option('--kimg <n>', 'length of the distillation, thousand images', number({ above: 0 }), QUICKSTART_KIMG)
    .option('--num <n>', 'generated images behind each FID', integer({ min: 2 }), NUM_IMAGES)
    .option('--seed <n>', 'of all random numbers', integer(), 0)
    .action(async (options: QuickstartOptions) => {
      const { outdir } = options;
      if (await exists(join(outdir, 'summary.json'))) {
        console.log(`${outdir} holds a finished quickstart; --outdir starts another one.`);
        printSummary(JSON.parse(await readFile(join(outdir, 'summary.json'), 'utf8')) as Summary, outdir);
        return;
      }
      await startEngine();
      const line = new LiveLine();
      const summary = await withInterrupt((signal) => runQuickstart(options, line, signal));
      if (summary === null) {
        console.log(`Stopped. Everything so far is in ${outdir}; the same command goes on from there.`);
        process.exitCode = 130;
        return;
      }
      printSummary(summary, outdir);
    });
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
