import type { StepReport } from '@onestep/diffusion-core/node';
import type { DistillationMethod } from '@onestep/diffusion-core';
import { studentImages, teacherImages } from '../evaluation/generated-images.js';
import { measureScore } from '../evaluation/scores.js';
import { studentRows } from '../images/class-samples.js';
import { MeasuredRun, pointText, type Measurements } from '../short-run/measured-run.js';
import { fitMemory } from '../short-run/fit-memory.js';
import type { ShortRunOptions } from '../short-run/options.js';
import { recordedTeacher, runInFolder, type ShortRun } from '../short-run/short-run.js';
import { trainMeasured } from '../short-run/train-measured.js';
import { formatNumber } from '../terminal/format.js';
import { liveText } from '../training/live-text.js';
import { formatAverage } from '../training/tick-line.js';
import { finish } from './finish.js';
import { GRID_COLUMNS, writeFakes } from './pictures.js';
import { METHOD, samplingOf, type TeacherSampling } from './settings.js';
import type { Summary } from './summary.js';

/** A quickstart under way. */
export interface Quickstart extends ShortRun<ShortRunOptions> {
  run: MeasuredRun;
  task: DistillationMethod;
  sampling: TeacherSampling;
  /** Options as they are recorded. */
  recorded: Record<string, unknown>;
}

/**
 * Distills a teacher to one step, and measures it before, during and after. Everything that is measured is in the run
 * folder at once, so that a stopped quickstart resumes where it was.
 *
 * @returns the summary, or null if it was interrupted
 */
export async function runQuickstart(options: ShortRunOptions): Promise<Summary | null> {
  const { outdir, kimg, num, seed, backend } = options;
  const shared = { batch: METHOD.batch, batchGpu: METHOD.batch, seed };
  const teacherPath = recordedTeacher(options);
  const recorded = { ...METHOD.recipe.options, ...shared, teacher: teacherPath, kimg, num, backend };
  return runInFolder(options, { record: () => recorded, mayChange: ['backend'] }, async (context) => {
    const run = await MeasuredRun.open(context.folder);
    const fitting = await fitMemory(METHOD.recipe, context.teacher, shared, context.log);
    const task = METHOD.recipe.createTask(context.teacher, fitting);
    const quickstart: Quickstart = { ...context, run, task, sampling: samplingOf(options.teacher), recorded };
    try {
      await context.log(`${teacherPath}, distilled to one step in ${outdir}`);
      await measureBefore(quickstart);
      // The student has its initial weights here, also in a run that is resumed.
      const rowsBefore = await studentRows(task.generator, GRID_COLUMNS);
      await measureTeacher(quickstart);
      return (await train(quickstart)) ? await finish(quickstart, rowsBefore) : null;
    } finally {
      task.dispose();
    }
  });
}

async function measureBefore({ run, task, evaluator, options, line, log, signal }: Quickstart): Promise<void> {
  if (run.measurements.before === undefined) {
    line.update(`student before, 1 network evaluation: measuring ${options.num} images`);
    await writeFakes(run.folder.path, task.generator, 0);
    const images = studentImages('student', task.generator);
    await run.record({ before: await measureScore({ images, evaluator, numImages: options.num, signal }) });
  }
  await log(`student before, 1 network evaluation:   FID ${formatNumber(run.measurements.before!.fid)}`);
}

async function measureTeacher({
  run,
  teacher,
  sampling,
  evaluator,
  options,
  line,
  log,
  signal,
}: Quickstart): Promise<void> {
  const { num } = options;
  const { sampler, steps, evaluations } = sampling;
  const name = `teacher, ${evaluations} network evaluations:`;
  if (run.measurements.teacher === undefined) {
    const images = teacherImages('teacher', teacher, { sampler, steps });
    const onProgress = (done: number) => line.update(`${name} ${Math.round(done)}/${num} images`);
    const started = performance.now();
    const score = await measureScore({ images, evaluator, numImages: num, signal, onProgress });
    const imagesPerSecond = num / ((performance.now() - started) / 1000);
    await run.record({ teacher: { ...score, imagesPerSecond } });
  }
  const { fid, imagesPerSecond } = run.measurements.teacher!;
  await log(`${name.padEnd(40)} FID ${formatNumber(fid)}  ${formatNumber(imagesPerSecond)} images/s`);
}

/** @returns whether the training is complete */
async function train({ run, task, evaluator, options, line, log, signal }: Quickstart): Promise<boolean> {
  const { completed } = await trainMeasured({
    task,
    run,
    evaluator,
    kimg: options.kimg,
    numImages: options.num,
    onStart: (imagesSeen) => log(`distilling${imagesSeen > 0 ? `, from ${imagesSeen / 1000} kimg on` : ''}`),
    onStep: (report) => line.update(liveText(report, liveParts(report, run.measurements))),
    onPoint: async (point) => {
      await writeFakes(run.folder.path, task.generator, Math.round(point.kimg * 1000));
      await log(pointText(point));
    },
    signal,
  });
  return completed;
}

/** Parts of the live line that belong to the method: `gap 0.021  dist 0.17  FID 1.58 (was 6.28)`. */
function liveParts({ stats }: StepReport, { before, curve }: Measurements): string[] {
  const was = formatNumber(before!.fid);
  const now = curve.at(-1);
  return [
    ...Object.entries(METHOD.shown).map(([name, short]) => `${short} ${formatAverage(stats[name] ?? NaN)}`),
    `FID ${now === undefined ? was : `${formatNumber(now.fid)} (was ${was})`}`,
  ];
}
