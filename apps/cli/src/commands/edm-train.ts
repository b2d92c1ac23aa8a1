import { Command } from 'commander';
import { createBatchSource, openDataset, type BatchSource } from '@onestep/datasets';
import {
  AugmentPipe,
  EdmTrainingTask,
  TRAINING_AUGMENTATION,
  TRAINING_LOSSES,
  type PreconditionedNetwork,
} from '@onestep/edm';
import { startEngine } from '../engine.js';
import { createNetwork, transferWeights } from '../training/edm-network.js';
import { addEdmTrainOptions, withoutEffect, type EdmTrainOptions } from '../training/edm-train-options.js';
import { publishedEdmOptions } from '../training/published-edm-options.js';
import { openRun, recordedOptions } from '../training/run-folder.js';
import { settleOptions } from '../training/run-options.js';
import { train } from '../training/train.js';
import { UserError } from '../user-error.js';

/** `onestep edm train`: every option of the published train.py, with its name, meaning and default. */
export function edmTrainCommand(): Command {
  const command = addEdmTrainOptions(new Command('train').description('train a diffusion model on a data set'));
  return command.action(async () => {
    const typedTransfer = command.getOptionValueSource('transfer') === 'cli';
    if (typedTransfer && command.opts<EdmTrainOptions>().resume !== undefined) {
      throw new UserError('--transfer and --resume exclude each other: a resumed run has weights of its own.', 2);
    }
    const options = await settleOptions<EdmTrainOptions>(command);
    if (options.data === undefined) throw new UserError('Say what to train on: --data ZIP.', 2);
    checkRounds(options);
    const { data, cond, xflip, cache } = options;
    const dataset = await openDataset(data, { useLabels: cond, xflip, ...(cache ? {} : { cacheBytes: 0 }) });
    const batches = createBatchSource(dataset, {
      batchSize: options.batch,
      seed: options.seed,
      workers: options.workers,
    });
    try {
      await startEngine(options.backend);
      const augment = options.augment > 0 ? new AugmentPipe({ ...TRAINING_AUGMENTATION, p: options.augment }) : null;
      const network = createNetwork(options, dataset, augment?.labelDim ?? 0);
      const notes = withoutEffect(command, options);
      if (options.transfer !== undefined && options.startFrom === null) {
        const note = await transferWeights(network, options.transfer);
        if (note !== null) notes.push(note);
      }
      const task = createTask(options, batches, network, augment);
      const details = (path: string | null) => publishedEdmOptions(options, dataset, network, path);
      for (const note of notes) console.error(note);
      if (options.dryRun) {
        console.log(JSON.stringify(recordedOptions({ command: 'edm train', options, details }), null, 2));
        return;
      }
      // The folder is claimed last: a mistake in an option must not leave a run behind.
      const name = describeRun(options, dataset.name);
      const run = await openRun({ command: 'edm train', options, details, name, task });
      for (const note of notes) await run.log(note);
      await run.log(`${network.parameterCount()} parameters, ${dataset.length} images`);
      await train({ task, run, options, shown: { 'Loss/loss': 'loss' } });
    } finally {
      batches.close();
      dataset.close();
    }
  });
}

function createTask(
  options: EdmTrainOptions,
  batches: BatchSource,
  network: PreconditionedNetwork,
  augment: AugmentPipe | null,
): EdmTrainingTask {
  const { batch, seed } = options;
  return new EdmTrainingTask({
    network,
    batches,
    loss: TRAINING_LOSSES[options.precond](),
    augment,
    options: {
      batchSize: batch,
      batchGpu: options.batchGpu ?? null,
      learningRate: options.lr,
      learningRateRampKimg: options.lrRamp,
      emaHalfLifeKimg: options.ema * 1000,
      emaRampUpRatio: options.transfer === undefined ? 0.05 : null,
      lossScaling: options.ls,
      seed,
    },
  });
}

function checkRounds({ batch, batchGpu }: EdmTrainOptions): void {
  if (batchGpu !== undefined && batchGpu < batch && batch % batchGpu !== 0) {
    throw new UserError(`--batch ${batch} is no multiple of --batch-gpu ${batchGpu}.`, 2);
  }
}

/** One process, one device: gpus1. */
function describeRun({ cond, arch, precond, batch }: EdmTrainOptions, dataName: string): string {
  return `${dataName}-${cond ? 'cond' : 'uncond'}-${arch}-${precond}-gpus1-batch${batch}-fp32`;
}
