import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DenoiserGenerator, DistillationMethod } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { writeFileAtomically, writeSafetensors } from '@onestep/checkpoint/node';
import { studentRows, teacherRows } from '../images/class-samples.js';
import { describeMachine } from '../machine.js';
import type { Measurement } from '../measuring/measurement.js';
import type { Session } from '../measuring/session.js';
import { renderReport } from '../report/report.js';
import { nextSteps } from './next-steps.js';
import { comparisonPng, fakesPath } from './pictures.js';
import { GRID_COLUMNS, TEACHER_EVALUATIONS, TEACHER_STEPS } from './recipe.js';
import type { Summary } from './summary.js';
import { timeStudent } from './time-student.js';

/** What a finished quickstart consists of. */
export interface Finished {
  session: Session;
  teacher: PreconditionedNetwork;
  teacherPath: string;
  /** The student before training. */
  before: DenoiserGenerator;
  task: DistillationMethod;
  measurement: Measurement;
  options: Record<string, unknown>;
}

/** Writes the student, the grid, the report and, last, the summary: where there is a summary, everything is. */
export async function finish(finished: Finished, signal: AbortSignal): Promise<Summary> {
  const { session, teacher, teacherPath, before, task, options } = finished;
  const folder = session.run.path;
  await writeSafetensors(join(folder, 'student.safetensors'), await task.snapshot());

  const rows = await teacherRows(teacher, GRID_COLUMNS, { steps: TEACHER_STEPS }, signal);
  const gridPng = comparisonPng(
    { rows, evaluations: TEACHER_EVALUATIONS },
    await studentRows(before, GRID_COLUMNS),
    await studentRows(task.generator, GRID_COLUMNS),
    teacher,
  );
  await writeFileAtomically(join(folder, 'grid.png'), gridPng);

  const summary = summarize(finished, await timeStudent(task.generator));
  const progressPngs = await Promise.all(
    summary.curve.map(async ({ kimg, fid }) => ({ kimg, fid, png: await readFile(fakesPath(folder, kimg * 1000)) })),
  );
  const report = renderReport({ summary, gridPng, progressPngs, options, nextSteps: nextSteps(folder, teacherPath) });
  await writeFileAtomically(join(folder, 'report.html'), report);
  await writeFileAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

function summarize({ session, measurement }: Finished, studentSpeed: number): Summary {
  const { teacher, before, curve } = session.measurements;
  if (teacher === undefined || before === undefined || curve.length === 0) {
    throw new Error(`${session.run.path}/measurements.json is not complete. Remove the folder and start again.`);
  }
  const after = curve.at(-1)!;
  return {
    method: 'diff-instruct',
    detector: measurement.extractor.name,
    reference: `${measurement.reference.name} (${measurement.reference.numImages} images)`,
    num_images: after.numImages,
    fid: { teacher: teacher.fid, student_before: before.fid, student_after: after.fid },
    inception_score: {
      teacher: teacher.inceptionScore,
      student_before: before.inceptionScore,
      student_after: after.inceptionScore,
    },
    teacher_num_images: teacher.numImages,
    nfe: { teacher: TEACHER_EVALUATIONS, student: 1 },
    images_per_second: { teacher: teacher.imagesPerSecond, student: studentSpeed },
    seconds: session.seconds,
    training_seconds: after.seconds,
    kimg: after.kimg,
    machine: describeMachine(),
    curve: [{ kimg: 0, seconds: 0, ...before }, ...curve],
  };
}
