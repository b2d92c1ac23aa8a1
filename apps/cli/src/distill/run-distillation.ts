import type { Command } from 'commander';
import type { Augmentation, DistillationMethod } from '@onestep/diffusion-core';
import type { BestSnapshotRule, TickReport } from '@onestep/diffusion-core/node';
import type { PreconditionedNetwork } from '@onestep/edm';
import { parseMetric } from '@onestep/metrics';
import { startEngine } from '../engine.js';
import { NotMeasurable } from '../evaluation/detector.js';
import { metricsHook, statisticOf } from '../evaluation/metrics-hook.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { settleOptions } from '../training/run-options.js';
import { train } from '../training/train.js';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';
import { augmentation, openReals, transferredGenerator, type Transferred } from './ingredients.js';
import { openTeacher } from './open-teacher.js';
import { SampleGrids } from './sample-grids.js';
import { withoutEffect } from './without-effect.js';

/** What a method is made from. Without a generator to start from, it starts from the teacher. */
export interface Ingredients<T extends DistillOptions> extends Partial<Transferred> {
  teacher: PreconditionedNetwork;
  /** For the images that a score network learns. */
  augmentation: Augmentation | null;
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
  /** Options of all methods that this one has no use for, and why. */
  withoutEffect?: Partial<Record<keyof DistillOptions, string>>;
  /** It goes on with a generator that is told the scale of guidance. */
  takesGuidance?: boolean;
  /** What is worth a warning about options with this teacher. */
  warning?(options: T, teacher: PreconditionedNetwork): string | undefined;
  /** Ticks with a snapshot beside those of --snap. */
  alsoSnapshotAt?: readonly number[];
}

/** Everything between a method's options and its trained generator: `onestep distill NAME`. */
export async function runDistillation<T extends DistillOptions & { initSigma: number }>(
  command: Command,
  method: MethodCommand<T>,
): Promise<void> {
  if (command.getOptionValueSource('transfer') === 'cli' && command.opts<T>().resume !== undefined) {
    throw new UserError('--transfer and --resume exclude each other: a resumed run has a generator of its own.', 2);
  }
  const options: T = await settleOptions<T>(command);
  const notes = withoutEffect(command, options, method.withoutEffect);
  const keepSnapshots = bestSnapshotRule(options);
  await startEngine(options.backend);
  const teacher = await openTeacher(options);
  const dataset = await openReals(options, teacher);
  try {
    const augmented = augmentation(options, teacher);
    if (augmented.note !== undefined && method.withoutEffect?.augment === undefined) notes.push(augmented.note);
    const transferred: Partial<Transferred> =
      options.transfer === undefined || options.resume !== undefined
        ? {}
        : await transferredGenerator(options.transfer, teacher, options);
    if (transferred.guidanceLabels !== undefined && !method.takesGuidance) {
      throw new UserError(
        `${options.transfer} is told the scale of guidance: only "onestep distill boot" goes on with it.`,
      );
    }
    const warning = method.warning?.(options, teacher);
    if (warning !== undefined) notes.push(warning);
    const task = method.createTask({ teacher, ...transferred, augmentation: augmented.augmentation, options });
    const basis = { statistics: options.dataStat, data: options.data, detector: options.detector };
    const metrics = await metricsHook(options.metrics, task.generator, basis).catch((error: unknown) => {
      if (!(error instanceof NotMeasurable) || keepSnapshots !== undefined) throw error;
      notes.push(`--metrics has no effect: ${error.message}`);
      return undefined;
    });
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
    const grids = new SampleGrids(run.path, task.generator);
    await train({
      ...{ task, run, options, shown: method.shown, keepSnapshots, alsoSnapshotAt: method.alsoSnapshotAt },
      begin: async (imagesSeen) => {
        if (imagesSeen > 0) return;
        await grids.writeInitial();
        if (dataset !== null) await grids.writeReals(dataset);
      },
      measure: async (report: TickReport, signal) => {
        if (report.snapshot !== undefined) await grids.writeSnapshot(report.snapshot);
        return metrics?.(report, signal);
      },
    });
  } finally {
    dataset?.close();
  }
}

/** @throws UserError if nothing is measured that could tell which snapshot is best */
function bestSnapshotRule({ saveBestAndLast, metrics }: DistillOptions): BestSnapshotRule | undefined {
  if (!saveBestAndLast) return undefined;
  const [first] = metrics;
  if (first === undefined) {
    throw new UserError('--save-best-and-last needs a metric to tell the best by: give --metrics fid50k_full.', 2);
  }
  const { affixes, better } = parseMetric(first).family;
  // Precision and recall have no number by the metric's own name.
  return { statistic: statisticOf(affixes[0] === 'pr' ? `${first}_precision` : first), best: better };
}
