import { relative } from 'node:path';
import { DenoiserGenerator } from '@onestep/diffusion-core';
import { RunDirectory, runTraining, type StepReport } from '@onestep/diffusion-core/node';
import { SidDistillation } from '@onestep/sid';
import { assertMeasurable, loadMeasurement } from '../measuring/measurement.js';
import { loadTeacher } from '../networks/load-network.js';
import type { BackendOption } from '../options/backend-option.js';
import { formatDuration, formatNumber } from '../terminal/format.js';
import type { LiveLine } from '../terminal/live-line.js';
import { liveText } from '../training/live-text.js';
import { finish } from './finish.js';
import type { Measurements } from './measurements.js';
import { writeFakes } from './pictures.js';
import { MEASUREMENTS, QUICKSTART_SID, TEACHER_EVALUATIONS } from './recipe.js';
import { Session } from './session.js';
import { measureStudent, measureTeacher } from './stages.js';
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
  const options = { ...QUICKSTART_SID, teacher: relative('.', teacherPath), kimg, seed, num, backend };
  const run = await RunDirectory.open({ path: outdir, options, mayChange: ['backend'] });
  const say = async (text: string) => {
    line.print(text);
    await run.log(text);
  };
  try {
    const session = await Session.open(run);
    const { measurements } = session;
    const task = new SidDistillation({ teacher, options: { ...QUICKSTART_SID, seed } });
    const before = new DenoiserGenerator(teacher, QUICKSTART_SID.initSigma!);

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
      await session.record({ teacher: await measureTeacher(measurement, teacher, num, signal, onProgress) });
    }
    const { fid, imagesPerSecond } = measurements.teacher!;
    await say(
      `teacher, ${TEACHER_EVALUATIONS} network evaluations:         FID ${formatNumber(fid)}  ${formatNumber(imagesPerSecond)} images/s`,
    );

    const result = await runTraining({
      task,
      run,
      totalKimg: kimg,
      tickKimg: kimg / MEASUREMENTS,
      snapshotTicks: null,
      stateTicks: 1,
      signal,
      hooks: {
        onStart: (imagesSeen) => say(`distilling${imagesSeen > 0 ? `, from ${imagesSeen / 1000} kimg on` : ''}`),
        onStep: (report) => line.update(liveText(report, liveParts(report, measurements))),
        onTick: async ({ tick, imagesSeen, stats, done }) => {
          if (tick === 0 && !done) return undefined;
          const score = await measureStudent(measurement, task.generator, num, signal);
          await writeFakes(outdir, task.generator, imagesSeen);
          const seconds = stats['Timing/total_sec']!.mean;
          await session.addPoint({ kimg: imagesSeen / 1000, seconds, ...score });
          await say(
            `${(imagesSeen / 1000).toFixed(1).padStart(6)} kimg  ${formatDuration(seconds).padStart(6)}  FID ${formatNumber(score.fid)}`,
          );
          return { 'Metrics/fid': score.fid, 'Metrics/is': score.inceptionScore };
        },
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

/** What the live line says of SiD: `gap 0.021  dist 0.17  FID 1.58 (was 6.28)`. */
function liveParts({ stats }: StepReport, { before, curve }: Measurements): string[] {
  const stat = (name: string) => formatNumber(stats[name] ?? NaN);
  return [
    `gap ${stat('Score_gap')}`,
    `dist ${stat('Teacher_distance')}`,
    `FID ${formatNumber(curve.at(-1)?.fid ?? before!.fid)}${curve.length > 0 ? ` (was ${formatNumber(before!.fid)})` : ''}`,
  ];
}
