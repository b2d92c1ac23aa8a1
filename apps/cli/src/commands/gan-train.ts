import { Command } from 'commander';
import { createBatchSource } from '@onestep/datasets';
import {
  AdaptiveAugmentation,
  ganRecipe,
  ganTrainingCost,
  GanTrainingTask,
  StyleGan2Generator,
  type GanRecipe,
} from '@onestep/stylegan2';
import { startEngine } from '../engine.js';
import { metricsHook } from '../evaluation/metrics-hook.js';
import { foreseeTraining } from '../memory/foresee-training.js';
import { networkPath } from '../networks/network-source.js';
import { applyPreset } from '../options/preset.js';
import { agreeOnRun } from '../processes/agree-on-run.js';
import { theCommunicator } from '../processes/communicator.js';
import {
  addGanTrainOptions,
  listWithoutEffect,
  RUNS_OF_PRESETS,
  type GanTrainOptions,
} from '../training/gan-train-options.js';
import { publishedGanOptions } from '../training/published-gan-options.js';
import { assertAlive } from '../training/dead-run.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { identifyFiles, type FileOptions } from '../training/run-files.js';
import { settleOptions } from '../training/run-options.js';
import { SampleGrids, studentGrid } from '../training/sample-grids.js';
import { train } from '../training/train.js';
import { createGan } from '../training/gan-networks.js';
import { formatRunName } from '../training/gan-run-name.js';
import { findStart, openStart, separatePublished } from '../training/gan-start.js';
import { openTrainingData, type TrainingData } from '../training/training-data.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

/** Statistics on the live line. */
const SHOWN = {
  'Loss/G/loss': 'G loss',
  'Loss/D/loss': 'D loss',
  'Loss/signs/real': 'signs real',
  'Progress/augment': 'augment',
};

const SMALLER = 'Fewer images in a step (--batch), or a --cfg for fewer pixels, take less.';

/** `onestep gan train`: has every option of the published train.py, with its name, meaning and default. */
export function ganTrainCommand(): Command {
  const command = addGanTrainOptions(new Command('train').description('train a StyleGAN2 on a data set'));
  return command.action(async () => {
    separatePublished(command);
    applyPreset(command, RUNS_OF_PRESETS[command.opts<GanTrainOptions>().cfg] ?? {});
    const settled = await settleOptions<GanTrainOptions>(command);
    const typed = (name: string) => command.getOptionValueSource(name) === 'cli';
    if (settled.data === undefined) throw new UserError('Pass the data set to train on: --data ZIP.', 2);
    const { options, digests } = await identifyFiles(settled, filesOf(settled), typed);
    await agreeOnRun(options, digests);
    const communicator = theCommunicator();
    const { data, cond, mirror, cache, subset, seed } = options;
    const opened = await openTrainingData(data!, { cond, xflip: mirror, cache, subset, seed });
    const { dataset, labels, note: unused } = opened;
    const recipe = await settleRecipe(options, opened);
    const source = options.begun ? undefined : options.resumePkl;
    const gan = source === undefined ? undefined : await withFlags(() => openStart(source, recipe));
    const start = gan && { gan, source: source! };
    options.duration = recipe.kimg / 1000;
    const { batch } = recipe.training;
    const batches = createBatchSource(dataset, { batchSize: batch, seed, workers: options.workers });
    try {
      await startEngine(options.backend);
      const notes = [...listWithoutEffect(command), ...(unused === null ? [] : [unused])];
      const { resolution: size, channels } = dataset;
      const created = await createGan(recipe, { seed, start });
      notes.push(...created.notes);
      const { generator: G, discriminator: D } = created.networks;
      const counts = { generator: G.parameterCount(), discriminator: D.parameterCount() };
      const work = { ...ganTrainingCost(recipe, counts), batch, batchGpu: recipe.training.batchGpu ?? batch };
      const forecast = { smaller: SMALLER, always: options.dryRun, isFixed: true };
      notes.push(...(await foreseeTraining({ ...work, totalKimg: recipe.kimg }, forecast)).notes);
      const task = new GanTrainingTask({
        ...created.networks,
        batches,
        labels: labels ?? undefined,
        augmentation: recipe.augmentation && new AdaptiveAugmentation(recipe.augmentation, { size, channels }),
        options: { ...recipe.training, seed },
        communicator,
      });
      if (source !== undefined) await assertAlive(task, source);
      const { dataStat: statistics, detector, resize, encoder, refMadeBy } = options;
      const basis = { statistics, data, detector, resize, encoder, refMadeBy, communicator };
      const metrics = await metricsHook(options.metrics, task.ema, basis, labels ?? undefined);
      for (const note of notes) writeNote(note);
      const details = (path: string | null) => publishedGanOptions(options, dataset, recipe, path);
      const recorded = { command: 'gan train', options, digests, details };
      if (options.dryRun) {
        console.log(JSON.stringify(recordedOptions(recorded), null, 2));
        return;
      }
      // The folder is created last: a mistake in an option must not leave a run behind.
      const run = await openRun({ ...recorded, name: formatRunName(options, dataset.name), task });
      for (const note of notes) await run.log(note);
      const { generator, discriminator } = task;
      await run.log(
        `generator ${generator.parameterCount()} parameters, discriminator ${discriminator.parameterCount()}, ` +
          `${dataset.length} images`,
      );
      const still = new StyleGan2Generator(task.ema.network, { noise: 'const' });
      const grids =
        options.pictures && communicator.rank === 0
          ? new SampleGrids(run.path, studentGrid(still, labels ?? undefined))
          : null;
      await train({
        command: 'gan train',
        task,
        run,
        options,
        rates: [{ flag: 'lr', value: recipe.training.glr }],
        shown: SHOWN,
        grids,
        begin: async (imagesSeen) => {
          if (imagesSeen > 0) return;
          await grids?.writeInitial();
          await grids?.writeReals(dataset);
        },
        measure: async (report, signal) => metrics?.(report, signal),
      });
    } finally {
      batches.close();
      dataset.close();
    }
  });
}

/** The options that name files. Without metrics, those of metrics are not read. */
function filesOf({ metrics }: GanTrainOptions): FileOptions<GanTrainOptions> {
  return {
    data: { flag: '--data' },
    resumePkl: { flag: '--resume', find: findStart, onlyAtStart: true },
    ...(metrics.length === 0
      ? {}
      : { dataStat: { flag: '--data-stat', find: networkPath }, detector: { flag: '--detector' } }),
  };
}

/** @throws UserError if options contradict each other */
async function settleRecipe(options: GanTrainOptions, { dataset, labels }: TrainingData): Promise<GanRecipe> {
  const { resolution, channels } = dataset;
  const data = { resolution, channels, labelDim: labels === null ? 0 : dataset.labelDim };
  const isContinued = options.resumePkl !== undefined;
  const recipe = await withFlags(() =>
    ganRecipe({ ...options, isContinued }, { ...data, processes: theCommunicator().size }),
  );
  const stated = labels === null ? {} : { labels, ...(dataset.classNames && { classNames: dataset.classNames }) };
  return { ...recipe, generator: { ...recipe.generator, ...stated } };
}

/** Runs work of the package, whose errors about options name them: those have the names of the flags. */
async function withFlags<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RangeError ? new UserError(error.message.replaceAll(/`(\w+)`/g, '--$1'), 2) : error;
  }
}
