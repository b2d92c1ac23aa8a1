import type { ImageDataset } from '@onestep/datasets';
import { TRAINING_AUGMENTATION, type PreconditionedNetwork } from '@onestep/edm';
import type { TrainingOptions } from '@onestep/diffusion-core/node';
import { emaHalfLivesKimg, type EdmTrainOptions } from './edm-train-options.js';

const SCHEMES = { edm: 'EDM', vp: 'VP', ve: 'VE' };

/**
 * Describes a run of `onestep edm train` under the names of the published training_options.json, for tools that read that
 * file. `lr_rampup_kimg` and `ema_sigma_rel` are not in the published file.
 *
 * @param path the run's folder
 */
export function publishedEdmOptions(
  options: EdmTrainOptions,
  dataset: ImageDataset,
  network: PreconditionedNetwork,
  path: string | null,
): TrainingOptions {
  const { precond, batch, augment, transfer, startFrom } = options;
  const { modelType, ...model } = network.settings.model;
  return {
    dataset_kwargs: {
      class_name: 'training.dataset.ImageFolderDataset',
      path: options.data,
      use_labels: options.cond !== false,
      xflip: options.xflip,
      cache: options.cache,
      resolution: dataset.resolution,
      max_size: dataset.length / (options.xflip ? 2 : 1),
    },
    data_loader_kwargs: { pin_memory: true, num_workers: options.workers, prefetch_factor: 2 },
    network_kwargs: {
      model_type: modelType,
      ...Object.fromEntries(Object.entries(model).map(([name, value]) => [snakeCase(name), value])),
      class_name: `training.networks.${SCHEMES[precond]}Precond`,
      use_fp16: options.fp16,
    },
    loss_kwargs: {
      ...(options.PMean === undefined ? {} : { P_mean: options.PMean }),
      ...(options.PStd === undefined ? {} : { P_std: options.PStd }),
      class_name: `training.loss.${SCHEMES[precond]}Loss`,
    },
    optimizer_kwargs: { class_name: 'torch.optim.Adam', lr: options.lr, betas: [0.9, 0.999], eps: 1e-8 },
    ...(augment > 0 ? { augment_kwargs: describeAugmentation(augment) } : {}),
    total_kimg: options.duration * 1000,
    ema_halflife_kimg: emaHalfLivesKimg(options),
    ...(options.emaRel === undefined ? {} : { ema_sigma_rel: options.emaRel }),
    batch_size: batch,
    batch_gpu: options.batchGpu ?? null,
    loss_scaling: options.ls,
    cudnn_benchmark: options.bench,
    lr_rampup_kimg: options.lrRamp,
    kimg_per_tick: options.tick,
    snapshot_ticks: options.snap,
    state_dump_ticks: options.dump,
    seed: options.seed,
    ...(transfer === undefined ? {} : { resume_pkl: transfer, ema_rampup_ratio: null }),
    ...(startFrom === null ? {} : { resume_state_dump: startFrom, resume_kimg: parseKimg(startFrom) }),
    run_dir: path,
  };
}

function describeAugmentation(p: number): Record<string, unknown> {
  return {
    class_name: 'training.augment.AugmentPipe',
    p,
    ...Object.fromEntries(Object.entries(TRAINING_AUGMENTATION).map(([name, value]) => [snakeCase(name), value])),
  };
}

/** `training-state-000123.safetensors` to 123. */
function parseKimg(path: string): number {
  return Number(/(\d+)\.safetensors$/.exec(path)?.[1]);
}

/** `channelMultEmb` to `channel_mult_emb`. */
function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
