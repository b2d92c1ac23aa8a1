import type { Command } from 'commander';
import type { DistillationMethod } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { startEngine } from '../engine.js';
import { metricsHook } from '../measuring/metrics-hook.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { settleOptions } from '../training/run-options.js';
import { train } from '../training/train.js';
import type { DistillOptions } from './distill-options.js';
import { openTeacher } from './open-teacher.js';
import { withoutEffect } from './without-effect.js';

/** What a method is made from. */
export interface Ingredients<T extends DistillOptions> {
  teacher: PreconditionedNetwork;
  options: T;
}

/** A distillation method as a command sees it. */
export interface MethodCommand<T extends DistillOptions> {
  /** The command's name, such as `sid`. */
  name: string;
  /** Statistics for the live line, with the short names they get there. */
  shown: Record<string, string>;
  createTask(ingredients: Ingredients<T>): DistillationMethod;
  /** The run folder's name after its number and `{method}-{cond}-`. */
  describe(options: T): string;
}

/** Everything between a method's options and its trained generator: `onestep distill NAME`. */
export async function runDistillation<T extends DistillOptions>(
  command: Command,
  method: MethodCommand<T>,
): Promise<void> {
  const options: T = await settleOptions<T>(command);
  const notes = withoutEffect(command, options);
  await startEngine();
  const teacher = await openTeacher(options);
  const task = method.createTask({ teacher, options });
  const measure = await metricsHook(options.metrics, task.generator, options.dataStat);
  for (const note of notes) console.error(note);
  const recorded = { command: `distill ${method.name}`, options };
  if (options.dryRun) {
    console.log(JSON.stringify(recordedOptions(recorded), null, 2));
    return;
  }
  // The folder is claimed last: a mistake in an option must not leave a run behind.
  const condition = teacher.labelDim > 0 ? 'cond' : 'uncond';
  const run = await openRun({ ...recorded, name: `${method.name}-${condition}-${method.describe(options)}`, task });
  for (const note of notes) await run.log(note);
  await train({ task, run, options, shown: method.shown, measure });
}
