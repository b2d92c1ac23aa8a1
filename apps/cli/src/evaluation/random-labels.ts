import { openDataset } from '@onestep/datasets';
import { settleTrainingLabels, type Denoiser, type TrainingLabels } from '@onestep/diffusion-core';
import { labelsOfData } from './data-labels.js';
import { assumedLabels, withLabelFlags } from '../networks/label-choice.js';
import type { ClassProbabilityOption } from '../options/label-options.js';

/** What decides the labels of images that are generated to be measured. */
export interface RandomLabelOptions extends ClassProbabilityOption {
  /** Path of the real images that they are compared with. */
  data?: string;
}

/** Where random labels are drawn from, and lines about it for the user. */
export interface RandomLabels {
  /** Undefined where nothing is known: all classes are equally likely. */
  drawnFrom: TrainingLabels | undefined;
  notes: string[];
}

/**
 * Decides where the labels of images that are measured are drawn from: --class-probabilities, else the labels of --data, as
 * in the published metrics, else those of the network's file.
 *
 * @throws UserError if the probabilities do not fit the network
 */
export async function randomLabels(
  network: Pick<Denoiser, 'labelDim' | 'labels'>,
  { data, classProbabilities }: RandomLabelOptions,
): Promise<RandomLabels> {
  const { labels, note } = data === undefined || network.labelDim === 0 ? {} : await labelsInFile(data, network);
  const drawnFrom = withLabelFlags(() => settleTrainingLabels(network, { labels, classProbabilities }));
  const notes = note === undefined ? [] : [note];
  return { drawnFrom, notes: drawnFrom === undefined ? [...notes, ...assumedLabels(network)] : notes };
}

/** Files of images that are no data set have no labels. */
async function labelsInFile(path: string, network: Pick<Denoiser, 'labelDim' | 'labels'>) {
  const dataset = await openDataset(path, {
    useLabels: 'if-present',
    useCaptions: network.labels?.kind === 'captions',
    cacheBytes: 0,
  }).catch(() => null);
  if (dataset === null) return {};
  try {
    return labelsOfData(dataset, network);
  } finally {
    dataset.close();
  }
}
