import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { onFirstRank, type Communicator, type DistillationMethod } from '@onestep/diffusion-core';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { studentImages } from '../evaluation/generated-images.js';
import { measureScore } from '../evaluation/scores.js';
import { fitMemory } from '../short-run/fit-memory.js';
import { MeasuredRun, pointText, type Measurements } from '../short-run/measured-run.js';
import { openFolder, recordedTeacher } from '../short-run/short-run.js';
import { trainMeasured } from '../short-run/train-measured.js';
import { digestOf } from '../files/digest-of.js';
import { formatNumber } from '../terminal/format.js';
import { liveText } from '../training/live-text.js';
import { realBatches } from './real-batches.js';
import type { Comparison } from './comparison.js';
import type { SharedOptions } from './recipes.js';
import { setAside } from './set-aside.js';

/** Path of a method's student. Its presence marks completion. */
export function studentPath(outdir: string, method: string): string {
  return join(outdir, method, 'student.safetensors');
}

/**
 * Distills with one method, and measures the student before, during and after. The method has its own run folder, where it
 * resumes if it was stopped.
 *
 * @returns the measurements, or null if the signal stopped it
 */
export async function runMethod(comparison: Comparison, method: string): Promise<Measurements | null> {
  const { options, teacher, basis, digests: scored, communicator, log } = comparison;
  const { outdir, kimg, num, batch, seed, backend } = options;
  const recipe = basis.recipes[method]!;
  const shared = { batch, batchGpu: batch, seed };
  const digests = { ...scored, ...(recipe.file !== undefined && { method: await digestOf(recipe.file) }) };
  const teacherPath = recordedTeacher(options);
  const { classProbabilities } = options;
  const own = { method, ...recipe.options, ...shared, classProbabilities };
  const recorded = { ...own, teacher: teacherPath, kimg, num, backend, digests };
  await onFirstRank(communicator, () => setAside(join(outdir, method), digests, log));
  const folder = await openFolder(join(outdir, method), recorded, ['backend'], communicator);
  try {
    const run = await MeasuredRun.open(folder, communicator);
    if (await onFirstRank(communicator, () => existsSync(studentPath(outdir, method)))) {
      await log(`${method}: FID ${formatNumber(run.measurements.curve.at(-1)!.fid)}`);
      return run.measurements;
    }
    const data = realBatches(basis.dataset, recipe.needs, shared);
    const fitting = await onFirstRank(communicator, () => fitMemory(recipe, teacher, shared, log));
    const task = recipe.createTask(teacher, splitBatch(fitting, communicator), {
      labels: basis.labels,
      data,
      communicator,
    });
    try {
      return await distill(comparison, method, task, run);
    } finally {
      task.dispose();
      data?.close();
    }
  } finally {
    folder.close();
  }
}

/** Splits a batch so that every process has a part. */
function splitBatch({ batch, batchGpu, ...shared }: SharedOptions, { size }: Communicator): SharedOptions {
  let part = Math.max(1, Math.min(batchGpu, Math.floor(batch / size)));
  while (batch % part !== 0) part -= 1;
  return { ...shared, batch, batchGpu: part };
}

async function distill(
  { options, evaluator, basis, communicator, line, log, signal }: Comparison,
  method: string,
  task: DistillationMethod,
  run: MeasuredRun,
): Promise<Measurements | null> {
  const { outdir, kimg, num } = options;
  if (run.measurements.before === undefined) {
    line.update(`${method}: measuring ${num} images before training`);
    const images = studentImages(method, task.generator, { drawnFrom: basis.labels });
    await run.record({ before: await measureScore({ images, evaluator, numImages: num, signal, communicator }) });
  }
  const { completed } = await trainMeasured({
    task,
    run,
    evaluator,
    drawnFrom: basis.labels,
    kimg,
    numImages: num,
    onStart: (imagesSeen) => log(`${method}: distilling${imagesSeen > 0 ? `, from ${imagesSeen / 1000} kimg on` : ''}`),
    onStep: (report) => line.update(`${method}: ${liveText(report, [])}`),
    onPoint: (point) => log(pointText(point)),
    signal,
    communicator,
  });
  if (!completed) return null;
  const student = await task.snapshot();
  await onFirstRank(communicator, () => writeSafetensors(studentPath(outdir, method), student));
  return run.measurements;
}
