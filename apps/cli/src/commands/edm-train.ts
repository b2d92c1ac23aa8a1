import { Command, Option } from 'commander';
import { createBatchSource, openDataset } from '@onestep/datasets';
import { DDPMPP, EdmTrainingTask, NCSNPP, PreconditionedNetwork, TRAINING_LOSSES } from '@onestep/edm';
import { Rng } from '@onestep/nn';
import { startEngine } from '../engine.js';
import { openNetwork } from '../networks/load-network.js';
import { boolean, integer, integerList, number } from '../options/parsers.js';
import { addRunOptions, openRun, recordedOptions, settleOptions, type RunOptions } from '../training/run-folder.js';
import { train } from '../training/train.js';
import { UserError } from '../user-error.js';

interface EdmTrainOptions extends RunOptions {
  data?: string;
  cond: boolean;
  arch: 'ddpmpp' | 'ncsnpp';
  precond: 'edm' | 'vp' | 've';
  batch: number;
  cbase?: number;
  cres?: number[];
  blocks?: number;
  attn?: number[];
  lr: number;
  lrRamp: number;
  ema: number;
  dropout: number;
  xflip: boolean;
  ls: number;
  transfer?: string;
}

const ARCHITECTURES = { ddpmpp: DDPMPP, ncsnpp: NCSNPP };

/** `onestep edm train`: options and defaults of the published train.py where both have them. */
export function edmTrainCommand(): Command {
  const command = new Command('train')
    .description('train a diffusion model on a data set')
    .option('--data <zip>', 'the data set')
    .option('--cond <bool>', 'condition on the labels', boolean, false)
    .addOption(new Option('--arch <name>', 'network architecture').choices(['ddpmpp', 'ncsnpp']).default('ddpmpp'))
    .addOption(new Option('--precond <name>', 'preconditioning and loss').choices(['edm', 'vp', 've']).default('edm'))
    .option('--batch <n>', 'images in a step', integer({ min: 1 }), 512)
    .option('--cbase <n>', 'channels of the first level (default 128)', integer({ min: 4 }))
    .option('--cres <list>', 'channels of each level as multiples, such as 1,2,2', integerList)
    .option('--blocks <n>', 'residual blocks a level (default 4)', integer({ min: 1 }))
    .option('--attn <list>', 'resolutions with self-attention (default 16)', integerList)
    .option('--lr <rate>', 'learning rate', number({ above: 0 }), 1e-3)
    .option(
      '--lr-ramp <kimg>',
      'the learning rate grows from 0 over this many thousand images',
      number({ min: 0 }),
      10_000,
    )
    .option('--ema <mimg>', 'half-life of the averaged weights, million images', number({ min: 0 }), 0.5)
    .option('--dropout <rate>', 'dropout rate', number({ min: 0, max: 0.99 }), 0.13)
    .option('--xflip <bool>', 'add every image mirrored', boolean, false)
    .option('--ls <factor>', 'scale of the loss', number({ above: 0 }), 1)
    .option('--transfer <file>', 'start from the weights of this network');
  addRunOptions(command, { duration: 200, tick: 50, snap: 50, dump: 500 });
  return command.action(async () => {
    const options = await settleOptions<EdmTrainOptions>(command);
    if (options.data === undefined) throw new UserError('Say what to train on: --data ZIP.', 2);
    const { data, cond, xflip, batch, seed } = options;
    const dataset = await openDataset(data, { useLabels: cond, xflip });
    try {
      await startEngine();
      const network = await createNetwork(options, dataset);
      const task = new EdmTrainingTask({
        network,
        batches: createBatchSource(dataset, { batchSize: batch, seed }),
        loss: TRAINING_LOSSES[options.precond](),
        options: {
          batchSize: batch,
          learningRate: options.lr,
          learningRateRampKimg: options.lrRamp,
          emaHalfLifeKimg: options.ema * 1000,
          emaRampUpRatio: options.transfer === undefined ? 0.05 : null,
          lossScaling: options.ls,
          seed,
        },
      });
      if (options.dryRun) {
        console.log(JSON.stringify(recordedOptions(options), null, 2));
        return;
      }
      // The folder is claimed last: a mistake in an option must not leave a run behind.
      const run = await openRun(options, recordedOptions(options), describeRun(options, dataset.name));
      await run.log(`${network.parameterCount()} parameters, ${dataset.length} images`);
      await train({ task, run, options, shown: { 'Loss/loss': 'loss' } });
    } finally {
      dataset.close();
    }
  });
}

async function createNetwork(
  options: EdmTrainOptions,
  data: { resolution: number; channels: number; labelDim: number },
): Promise<PreconditionedNetwork> {
  const base = ARCHITECTURES[options.arch];
  const network = new PreconditionedNetwork(
    {
      imgResolution: data.resolution,
      imgChannels: data.channels,
      labelDim: options.cond ? data.labelDim : 0,
      preconditioning: { scheme: options.precond },
      model: {
        ...base,
        modelChannels: options.cbase ?? base.modelChannels,
        channelMult: options.cres ?? base.channelMult,
        numBlocks: options.blocks ?? base.numBlocks,
        attnResolutions: options.attn ?? base.attnResolutions,
        dropout: options.dropout,
      },
    },
    new Rng(options.seed, 'initial-weights'),
  );
  if (options.transfer !== undefined) {
    const { network: source } = await openNetwork(options.transfer);
    network.loadStateDict(await source.stateDict());
    source.dispose();
  }
  return network;
}

function describeRun({ cond, arch, precond, batch }: EdmTrainOptions, dataName: string): string {
  return `${dataName}-${cond ? 'cond' : 'uncond'}-${arch}-${precond}-batch${batch}-fp32`;
}
