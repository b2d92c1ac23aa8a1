import { relative } from 'node:path';
import { DenoiserGenerator } from '@onestep/diffusion-core';
import { RunDirectory, type StepReport } from '@onestep/diffusion-core/node';
import { trainMeasured } from '../measuring/measured-training.js';
import { assertMeasurable, loadMeasurement } from '../measuring/measurement.js';
import type { Measurements } from '../measuring/measurements.js';
import { measureStudent, measureTeacher } from '../measuring/score.js';
import { Session } from '../measuring/session.js';
import { loadTeacher } from '../networks/load-network.js';
import type { BackendOption } from '../options/backend-option.js';
import { formatNumber } from '../terminal/format.js';
import type { LiveLine } from '../terminal/live-line.js';
import { liveText, pointText } from '../training/live-text.js';
import { finish } from './finish.js';
import { writeFakes } from './pictures.js';
import { MEASUREMENTS, QUICKSTART_METHOD, QUICKSTART_OPTIONS, TEACHER_EVALUATIONS, TEACHER_STEPS } from './recipe.js';
import type { Summary } from './summary.js';

/** Options of {@link runQuickstart}. */
export interface QuickstartOptions extends BackendOption {
  /** The run folder. */
  outdir: string;
  /** The teacher's file. */
  teacher: string;
  /** Length of the distillation. */
  kimg: number;
  /** Generated images behind each FID. */
  num: number;
  seed: number;
}

/**
 * Distils a teacher to one step and measures it before, during and after. What it finds out is in the run folder at
 * once, so that a stopped quickstart goes on where it was.
 *
 * @returns the summary, or null if the signal stopped it
 */
export async function runQuickstart(
  { outdir, teacher: teacherPath, kimg, num, seed, backend }: QuickstartOptions,
  line: LiveLine,
  signal: AbortSignal,
): Promise<Summary | null> {
  const teacher = await loadTeacher(teacherPath);
  const measurement = await loadMeasurement();
  assertMeasurable(measurement, teacher);
  const options = { ...QUICKSTART_OPTIONS, teacher: relative('.', teacherPath), kimg, seed, num, backend };
  const run = await RunDirectory.open({ path: outdir, options, mayChange: ['backend'] });
  const say = async (text: string) => {
    line.print(text);
    await run.log(text);
  };
  try {
    const session = await Session.open(run);
    const { measurements } = session;
    const task = QUICKSTART_METHOD.create({ teacher, options: { ...QUICKSTART_OPTIONS, seed } });
    const before = new DenoiserGenerator(teacher, QUICKSTART_OPTIONS.initSigma);

    await say(`${relative('.', teacherPath)}, distilled to one step in ${outdir}`);
    if (measurements.before === undefined) {
      line.update(`student before, 1 network evaluation: measuring ${num} images`);
      await writeFakes(outdir, before, 0);
      await session.record({ before: await measureStudent(measurement, before, num, signal) });
    }
    await say(`student before, 1 network evaluation:   FID ${formatNumber(measurements.before!.fid)}`);
    if (measurements.teacher === undefined) {
      const onProgress = (share: number) =>
        line.update(`teacher, ${TEACHER_EVALUATIONS} network evaluations: ${Math.round(share * num)}/${num} images`);
      const images = { teacher, steps: TEACHER_STEPS, numImages: num };
      const { seconds, ...score } = await measureTeacher(measurement, images, signal, onProgress);
      await session.record({ teacher: { ...score, imagesPerSecond: num / seconds } });
    }
    const { fid, imagesPerSecond } = measurements.teacher!;
    await say(
      `teacher, ${TEACHER_EVALUATIONS} network evaluations:         FID ${formatNumber(fid)}  ${formatNumber(imagesPerSecond)} images/s`,
    );

    const result = await trainMeasured({
      ...{ task, session, measurement, kimg, points: MEASUREMENTS, numImages: num, signal },
      onStart: (imagesSeen) => say(`distilling${imagesSeen > 0 ? `, from ${imagesSeen / 1000} kimg on` : ''}`),
      onStep: (report) => line.update(liveText(report, liveParts(report, measurements))),
      onPoint: async (point) => {
        await writeFakes(outdir, task.generator, Math.round(point.kimg * 1000));
        await say(pointText(point));
      },
    });
    await session.record({});
    if (!result.completed) return null;
    line.update('writing the student, the grid and the report');
    return await finish({ session, teacher, teacherPath, before, task, measurement, options }, signal);
  } catch (error) {
    if (signal.aborted) return null;
    throw error;
  } finally {
    line.clear();
    run.close();
  }
}

/** What the live line says of the method: `gap 0.021  dist 0.17  FID 1.58 (was 6.28)`. */
function liveParts({ stats }: StepReport, { before, curve }: Measurements): string[] {
  const stat = (name: string) => formatNumber(stats[name] ?? NaN);
  return [
    `gap ${stat('Score_gap')}`,
    `dist ${stat('Teacher_distance')}`,
    `FID ${formatNumber(curve.at(-1)?.fid ?? before!.fid)}${curve.length > 0 ? ` (was ${formatNumber(before!.fid)})` : ''}`,
  ];
}
