import { existsSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RunDirectory } from '@onestep/diffusion-core/node';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { trainMeasured } from '../measuring/measured-training.js';
import type { Measurements } from '../measuring/measurements.js';
import { measureStudent } from '../measuring/score.js';
import { Session } from '../measuring/session.js';
import { MEASUREMENTS } from '../quickstart/recipe.js';
import { formatNumber } from '../terminal/format.js';
import { liveText, pointText } from '../training/live-text.js';
import type { Comparison } from './comparison.js';
import { RECIPES, type MethodName, type Recipe } from './recipes.js';

/** Where a finished method's student is: where there is one, the method is finished. */
export function studentPath(outdir: string, method: MethodName): string {
  return join(outdir, method, 'student.safetensors');
}

/**
 * Distils with one method, measured before, during and after, in a run folder of its own, where it goes on if it was
 * stopped.
 *
 * @returns what was measured, or null if the signal stopped it
 */
export async function runMethod(comparison: Comparison, method: MethodName): Promise<Measurements | null> {
  const { outdir, teacher, kimg, num, batch, seed, backend } = comparison.options;
  const recipe = RECIPES[method]!;
  const common = { batch, batchGpu: batch, seed };
  const options = { method, ...recipe.options, ...common, teacher: relative('.', teacher), kimg, num, backend };
  const run = await RunDirectory.open({ path: join(outdir, method), options, mayChange: ['backend'] });
  try {
    const session = await Session.open(run);
    if (existsSync(studentPath(outdir, method))) {
      await comparison.say(`${method}: FID ${formatNumber(session.measurements.curve.at(-1)!.fid)}`);
      return session.measurements;
    }
    const task = recipe.createTask(comparison.teacher, common);
    try {
      return await distil(comparison, method, task, session);
    } finally {
      task.dispose();
    }
  } finally {
    run.close();
  }
}

async function distil(
  { options, measurement, line, say, signal }: Comparison,
  method: MethodName,
  task: ReturnType<Recipe['createTask']>,
  session: Session,
): Promise<Measurements | null> {
  const { outdir, kimg, num } = options;
  if (session.measurements.before === undefined) {
    line.update(`${method}: measuring ${num} images before training`);
    await session.record({ before: await measureStudent(measurement, task.generator, num, signal) });
  }
  const result = await trainMeasured({
    ...{ task, session, measurement, kimg, points: MEASUREMENTS, numImages: num, signal },
    onStart: (imagesSeen) => say(`${method}: distilling${imagesSeen > 0 ? `, from ${imagesSeen / 1000} kimg on` : ''}`),
    onStep: (report) => line.update(`${method}: ${liveText(report, [])}`),
    onPoint: (point) => say(pointText(point)),
  });
  await session.record({});
  if (!result.completed) return null;
  await writeSafetensors(studentPath(outdir, method), await task.snapshot());
  return session.measurements;
}
