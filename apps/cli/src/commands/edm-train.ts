import { Command } from 'commander';
import { createBatchSource } from '@onestep/datasets';
import { encodeCaptions, type ImageBatchSource } from '@onestep/diffusion-core';
import { AugmentPipe, EdmTrainingTask, TRAINING_AUGMENTATION, type PreconditionedNetwork } from '@onestep/edm';
import { EDM_TRAINING } from 'onestep';
import { startEngine } from '../engine.js';
import { foreseeTraining } from '../memory/foresee-training.js';
import { networkPath } from '../networks/network-source.js';
import { openEncoder } from '../networks/text-encoder.js';
import { applyPreset } from '../options/preset.js';
import { createNetwork, transferWeights } from '../training/edm-network.js';
import { EDM_PRESETS } from '../training/edm-presets.js';
import {
  addEdmTrainOptions,
  checkNoiseLevels,
  chooseLoss,
  emaHalfLivesKimg,
  isOlderThanGrounds,
  listUnsupported,
  type EdmTrainOptions,
} from '../training/edm-train-options.js';
import { publishedEdmOptions } from '../training/published-edm-options.js';
import { theCommunicator } from '../processes/communicator.js';
import { agreeOnRun } from '../processes/agree-on-run.js';
import { assertAlive } from '../training/dead-run.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { identifyFiles, type FileOptions } from '../training/run-files.js';
import { settleOptions } from '../training/run-options.js';
import { SampleGrids, teacherGrid } from '../training/sample-grids.js';
import { train } from '../training/train.js';
import { openTrainingData } from '../training/training-data.js';
import { UserError } from '../user-error.js';
import { writeNote } from '../terminal/output-mode.js';

/** What to do where a training takes more than there is. */
const SMALLER =
  '--preset small trains a network for one machine; --cbase, --cres and --batch make it smaller one by one.';

/** The options that name files. */
const FILES: FileOptions<EdmTrainOptions> = {
  data: { flag: '--data' },
  textEncoder: { flag: '--text-encoder' },
  transfer: { flag: '--transfer', find: networkPath, onlyAtStart: true },
};

/** `onestep edm train`: has every option of the published train.py, with its name, meaning and default. */
export function edmTrainCommand(): Command {
  const command = addEdmTrainOptions(new Command('train').description('train a diffusion model on a data set'));
  return command.action(async () => {
    const typedTransfer = command.getOptionValueSource('transfer') === 'cli';
    if (typedTransfer && command.opts<EdmTrainOptions>().resume !== undefined) {
      throw new UserError('--transfer and --resume cannot be combined: a resumed run already has weights.', 2);
    }
    const { preset } = command.opts<EdmTrainOptions & { preset?: string }>();
    if (preset !== undefined) applyPreset(command, EDM_PRESETS[preset]!);
    const settled = await settleOptions<EdmTrainOptions>(command);
    const typed = (name: string) => command.getOptionValueSource(name) === 'cli';
    if (settled.data === undefined) throw new UserError('Pass the data set to train on: --data ZIP.', 2);
    checkMicroBatches(settled);
    checkNoiseLevels(settled);
    const { options: asked, digests } = await identifyFiles(settled, FILES, typed);
    const { preset: _, ...options }: EdmTrainOptions & { preset?: string } = asked;
    await agreeOnRun(options, digests);
    const textEncoder = await openEncoder(options);
    const data = await openTrainingData(options.data!, {
      ...options,
      textEncoder,
      ground: !isOlderThanGrounds(options),
    });
    const { dataset, encoder, note: dataNote } = data;
    const batches = createBatchSource(dataset, {
      batchSize: options.batch,
      seed: options.seed,
      workers: options.workers,
    });
    try {
      await startEngine(options.backend);
      const augmentation =
        options.augment > 0 ? new AugmentPipe({ ...TRAINING_AUGMENTATION, p: options.augment }) : null;
      const network = createNetwork(options, data, augmentation?.labelDim ?? 0);
      const notes = [...listUnsupported(command, options), ...(dataNote === null ? [] : [dataNote])];
      if (options.transfer !== undefined && !options.begun) {
        const note = await transferWeights(network, options.transfer);
        if (note !== null) notes.push(note);
      }
      const foreseen = await foreseeTraining(
        {
          ...options,
          ...EDM_TRAINING,
          network: network.cost,
          emas: [options.ema, options.emaRel ?? []].flat().length,
          totalKimg: options.duration * 1000,
        },
        { smaller: SMALLER, always: options.dryRun },
      );
      options.batchGpu = foreseen.batchGpu;
      notes.push(...foreseen.notes);
      const labeled = encoder === null ? batches : encodeCaptions(batches, encoder);
      const task = createTask(options, labeled, network, augmentation);
      if (options.transfer !== undefined) await assertAlive(task, options.transfer);
      const details = (path: string | null) => publishedEdmOptions(options, dataset, network, path);
      for (const note of notes) writeNote(note);
      if (options.dryRun) {
        console.log(JSON.stringify(recordedOptions({ command: 'edm train', options, digests, details }), null, 2));
        return;
      }
      // The folder is created last: a mistake in an option must not leave a run behind.
      const name = formatRunName(options, dataset.name);
      const run = await openRun({ command: 'edm train', options, digests, details, name, task });
      for (const note of notes) await run.log(note);
      await run.log(`${network.parameterCount()} parameters, ${dataset.length} images`);
      const grids =
        options.pictures && theCommunicator().rank === 0 ? new SampleGrids(run.path, teacherGrid(task.ema)) : null;
      const begin = async (imagesSeen: number) => {
        if (imagesSeen === 0) await grids?.writeReals(dataset);
      };
      const rates = [{ flag: 'lr', value: options.lr }];
      await train({ command: 'edm train', task, run, options, rates, shown: { 'Loss/loss': 'loss' }, grids, begin });
    } finally {
      batches.close();
      dataset.close();
    }
  });
}

function createTask(
  options: EdmTrainOptions,
  batches: ImageBatchSource,
  network: PreconditionedNetwork,
  augmentation: AugmentPipe | null,
): EdmTrainingTask {
  return new EdmTrainingTask({
    network,
    batches,
    loss: chooseLoss(options),
    augmentation,
    communicator: theCommunicator(),
    options: {
      batch: options.batch,
      batchGpu: options.batchGpu,
      lr: options.lr,
      lrWarmupKimg: options.lrRamp,
      emaHalfLifeKimg: emaHalfLivesKimg(options),
      emaRel: options.emaRel,
      emaRampUpRatio: options.transfer === undefined ? 0.05 : null,
      ls: options.ls,
      seed: options.seed,
    },
  });
}

function checkMicroBatches({ batch, batchGpu }: EdmTrainOptions): void {
  if (batchGpu !== undefined && batchGpu < batch && batch % batchGpu !== 0) {
    throw new UserError(`--batch ${batch} must be a multiple of --batch-gpu ${batchGpu}.`, 2);
  }
}

/** The published name of a run's folder, with the number of processes as that of GPUs. */
function formatRunName({ cond, arch, precond, batch, fp16 }: EdmTrainOptions, dataName: string): string {
  return `${dataName}-${cond !== false ? 'cond' : 'uncond'}-${arch}-${precond}-gpus${theCommunicator().size}-batch${batch}-${fp16 ? 'fp16' : 'fp32'}`;
}
