import type { ImageDataset } from '@onestep/datasets';
import type { TrainingOptions } from '@onestep/diffusion-core/node';
import { PUBLISHED_STARTS, publishedTrainingOptions, type GanRecipe } from '@onestep/stylegan2';
import { theCommunicator } from '../processes/communicator.js';
import type { GanTrainOptions } from './gan-train-options.js';

/**
 * Describes a run of `onestep gan train` under the names of the published training_options.json, for tools that read that file.
 *
 * @param path the run's folder
 */
export function publishedGanOptions(
  { data, cond, mirror, workers, tick, snap, metrics, seed, resumePkl }: GanTrainOptions,
  dataset: ImageDataset,
  recipe: GanRecipe,
  path: string | null,
): TrainingOptions {
  return {
    ...publishedTrainingOptions(recipe, theCommunicator().size),
    training_set_kwargs: {
      class_name: 'training.dataset.ImageFolderDataset',
      path: data,
      use_labels: cond,
      max_size: dataset.length / (mirror ? 2 : 1),
      xflip: mirror,
      resolution: dataset.resolution,
    },
    data_loader_kwargs: { pin_memory: true, num_workers: workers, prefetch_factor: 2 },
    kimg_per_tick: tick,
    image_snapshot_ticks: snap,
    network_snapshot_ticks: snap,
    metrics,
    random_seed: seed,
    ...(resumePkl === undefined ? {} : { resume_pkl: PUBLISHED_STARTS[resumePkl] ?? resumePkl }),
    run_dir: path,
  };
}
