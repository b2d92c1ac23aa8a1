import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { compareFiles, readTrainingOptions } from '@onestep/diffusion-core/node';
import { currentPlace } from '../networks/network-source.js';
import { runQuickstart } from '../quickstart/run.js';
import type { Summary } from '../quickstart/summary.js';
import { readJson } from '../read-json.js';
import { addShortRunOptions, type ShortRunOptions } from '../short-run/options.js';
import { recordedTeacher, teacherDigest } from '../short-run/short-run.js';
import { writeLine } from '../terminal/output-mode.js';
import { colorsOf } from '../terminal/colors.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import { UserError } from '../user-error.js';

/** `onestep quickstart` */
export function quickstartCommand(): Command {
  const command = new Command('quickstart').description(
    'distill the Fashion-MNIST teacher that comes with the program to one step, in a few minutes on a CPU',
  );
  const defaults = { outdir: 'runs/quickstart', kimg: 4 };
  addShortRunOptions(command, defaults, 'diffusion model for 32x32 grayscale images').option(
    '--json',
    'print summary.json',
  );
  return command.action(async ({ json, ...given }: ShortRunOptions & { json?: boolean }) => {
    const options = { ...given, teacher: await currentPlace(given.teacher) };
    const { outdir } = options;
    const print = (summary: Summary) =>
      json ? console.log(JSON.stringify(summary, null, 2)) : printSummary(summary, outdir);
    const finished = await readJson<Summary>(join(outdir, 'summary.json'), ['fid', 'nfe', 'images_per_second']);
    if (finished === null) {
      const summary = await runQuickstart(options);
      if (summary !== null) print(summary);
      return;
    }
    await assertSameOptions(command, options);
    writeLine(`${outdir} holds a finished quickstart. Choose another --outdir to start a new one.`);
    print(finished);
  });
}

/** @throws UserError if an option was typed that differs from the finished run's: its results would be misleading */
async function assertSameOptions(command: Command, options: ShortRunOptions): Promise<void> {
  const recorded = await readTrainingOptions(options.outdir);
  const given = { ...options, teacher: recordedTeacher(options) };
  if (recorded === null) return;
  const isTeacherTyped = command.getOptionValueSource('teacher') === 'cli';
  const isFound = isTeacherTyped && existsSync(options.teacher);
  const digests = isFound ? { teacher: await teacherDigest(options) } : {};
  const unchanged = compareFiles(options.outdir, recorded, { ...given, digests });
  for (const name of ['teacher', 'kimg', 'num', 'seed'] as const) {
    const isTyped = command.getOptionValueSource(name) === 'cli';
    if (!isTyped || unchanged.includes(name) || recorded[name] === given[name]) continue;
    throw new UserError(
      `${options.outdir} holds a finished quickstart with --${name} ${String(recorded[name])}. ` +
        `Choose another --outdir for --${name} ${given[name]}.`,
    );
  }
}

function printSummary(summary: Summary, outdir: string): void {
  const { fid, nfe, images_per_second: speed } = summary;
  const row = (name: string, evaluations: number, value: number, imagesPerSecond?: number) =>
    `  ${name.padEnd(16)}${String(evaluations).padStart(12)}${formatNumber(value).padStart(10)}` +
    (imagesPerSecond === undefined ? '' : formatNumber(imagesPerSecond).padStart(12));
  const pc = colorsOf(process.stdout);
  console.log(
    [
      '',
      pc.dim(`  ${''.padEnd(16)}${'evaluations'.padStart(12)}${'FID'.padStart(10)}${'images/s'.padStart(12)}`),
      row('teacher', nfe.teacher, fid.teacher, speed.teacher),
      row('student before', nfe.student, fid.student_before),
      pc.bold(row('student after', nfe.student, fid.student_after, speed.student)),
      '',
      pc.dim(`  FID: ${summary.detector}, ${summary.num_images} images, against ${summary.reference}`),
      `  ${formatDuration(summary.seconds)} in total, including ${formatDuration(summary.training_seconds)} of training`,
      '',
      `  report   ${join(outdir, 'report.html')}`,
      `  picture  ${join(outdir, 'grid.png')}`,
      `  student  ${join(outdir, 'student.safetensors')}`,
    ].join('\n'),
  );
}
