import { datasetInfo, datasetLabels, openDataset, type ImageDataset } from '@onestep/datasets';
import type { TrainingLabels } from '@onestep/diffusion-core';
import { UserError } from '../user-error.js';
import type { EdmTrainOptions } from './edm-train-options.js';

/** The images that a diffusion model is trained on. */
export interface TrainingData {
  dataset: ImageDataset;
  /** Labels that the network is conditioned on; null without --cond. */
  labels: TrainingLabels | null;
  /** A line for the user about labels that are not used. */
  note: string | null;
}

/**
 * Opens the data set of a training.
 *
 * @throws UserError if the network is to be conditioned on labels, and there are none
 */
export async function openTrainingData(
  path: string,
  { cond, xflip, cache }: Pick<EdmTrainOptions, 'cond' | 'xflip' | 'cache'>,
): Promise<TrainingData> {
  const useLabels = cond ? ('if-present' as const) : false;
  const dataset = await openDataset(path, { useLabels, xflip, ...(cache ? {} : { cacheBytes: 0 }) });
  if (!cond) return { dataset, labels: null, note: await unusedLabels(path) };
  const labels = datasetLabels(dataset);
  if (labels !== null) return { dataset, labels, note: null };
  dataset.close();
  throw new UserError(
    `--cond 1 needs labels, and ${path} has none. Leave --cond out, or convert the images again with labels: ` +
      'a folder for each class, or a dataset.json.',
    2,
  );
}

/** @returns null if there are no labels that tell images apart, or if they cannot be read */
async function unusedLabels(path: string): Promise<string | null> {
  const info = await datasetInfo(path).catch(() => null);
  if (info === null || info.labelDim === 0) return null;
  const { labelKind, labelDim, classNames } = info;
  if (labelKind === 'classes' && labelDim < 2) return null;
  const names = classNames === null ? '' : ` (${listNames(classNames)})`;
  const what = labelKind === 'classes' ? `${labelDim} classes${names}` : `label vectors of ${labelDim} numbers`;
  return `--data has ${what}, which are not used: the network is unconditional. Give --cond 1 to condition it on them.`;
}

/** Most class names in a line. */
const SHOWN = 3;

function listNames(names: readonly string[]): string {
  return names.slice(0, SHOWN).join(', ') + (names.length > SHOWN ? ', ...' : '');
}
