import { openDataset, type ImageDataset } from '@onestep/datasets';
import { type Augmentation, type DenoiserNetwork } from '@onestep/diffusion-core';
import { AugmentPipe, TRAINING_AUGMENTATION } from '@onestep/edm';
import { UserError } from '../user-error.js';
import type { DistillOptions } from './distill-options.js';

/** The published probability of each transform. */
const DEFAULT_AUGMENT = 0.12;

/** Opens the data set of --data, if there is one. @throws UserError if its images are not such as the teacher's */
export async function openReals(
  { data, xflip, cache }: Pick<DistillOptions, 'data' | 'xflip' | 'cache'>,
  teacher: DenoiserNetwork,
): Promise<ImageDataset | null> {
  if (data === undefined) return null;
  const useLabels = teacher.labelDim > 0 ? ('if-present' as const) : false;
  const useCaptions = teacher.labels?.kind === 'captions';
  const dataset = await openDataset(data, { useLabels, useCaptions, xflip, ...(cache ? {} : { cacheBytes: 0 }) });
  const { imgResolution: size, imgChannels: channels } = teacher;
  if (dataset.resolution === size && dataset.channels === channels) return dataset;
  dataset.close();
  throw new UserError(
    `${data} has ${dataset.resolution}x${dataset.resolution}x${dataset.channels} images, and the teacher makes ` +
      `${size}x${size}x${channels}: leave --data out, or give the data set that the teacher was trained on.`,
  );
}

/**
 * What the images go through before a score network learns them: by default what was published, if the teacher was
 * trained so.
 *
 * @returns a line beside it if it was asked for and cannot be
 */
export function augmentation(
  { augment }: DistillOptions,
  teacher: DenoiserNetwork,
): { augmentation: Augmentation | null; note?: string } {
  const p = augment ?? ((teacher.augmentDim ?? 0) > 0 ? DEFAULT_AUGMENT : 0);
  if (p === 0) return { augmentation: null };
  const pipe = new AugmentPipe({ ...TRAINING_AUGMENTATION, p });
  if (teacher.augmentDim === pipe.labelDim) return { augmentation: pipe };
  const note =
    `--augment ${p} has no effect: the teacher takes ${teacher.augmentDim || 'no'} augmentation labels, ` +
    `and ${pipe.labelDim} are needed.`;
  return { augmentation: null, ...(augment !== undefined && { note }) };
}
