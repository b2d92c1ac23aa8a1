import { datasetCaptions, openDataset } from '@onestep/datasets';
import { settleTrainingLabels, type Denoiser, type TrainingLabels } from '@onestep/diffusion-core';
import { labelsOfData } from './data-labels.js';
import { assumedLabels, withLabelFlags } from '../networks/label-choice.js';
import { checkCaptionsKnown, openPrompts, readPromptFile } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import type { ClassProbabilityOption, PromptsOption } from '../options/label-options.js';
import type { TextEncoderOptions } from '../options/text-encoder-options.js';

/** What decides the labels of images that are generated to be measured. */
export interface RandomLabelOptions extends ClassProbabilityOption, PromptsOption {
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
 * Decides where the labels of images that are measured are drawn from: --prompts or --class-probabilities, else the labels of
 * --data, as in the published metrics, else those of the network's file.
 *
 * @param classNames of the network
 * @throws UserError if the prompts or the probabilities do not fit the network, or it takes captions and none are known
 */
export async function randomLabels(
  network: Pick<Denoiser, 'labelDim' | 'labels'>,
  classNames: readonly string[] | null,
  { data, prompts, classProbabilities, ...text }: RandomLabelOptions,
): Promise<RandomLabels> {
  const asked = prompts === undefined ? [] : await readPromptFile(prompts);
  await supplyText(network, text, asked);
  const prompted = prompts === undefined ? null : openPrompts(network, asked);
  const isOfData = prompted === null && data !== undefined && network.labelDim > 0;
  const { labels = prompted?.labels, note } = isOfData ? await labelsInFile(data, network, classNames, text) : {};
  const drawnFrom = withLabelFlags(() => settleTrainingLabels(network, { labels, classProbabilities }));
  checkCaptionsKnown(network, drawnFrom, '--prompts FILE, with one prompt per line, or --data with captions');
  const notes = [...(note === undefined ? [] : [note]), ...(prompted?.notes ?? [])];
  return { drawnFrom, notes: drawnFrom === undefined ? [...notes, ...assumedLabels(network)] : notes };
}

/** Files of images that are no data set have no labels. */
async function labelsInFile(
  path: string,
  network: Pick<Denoiser, 'labelDim' | 'labels'>,
  classNames: readonly string[] | null,
  text: TextEncoderOptions,
) {
  const dataset = await openDataset(path, {
    useLabels: 'if-present',
    useCaptions: network.labels?.kind === 'captions',
    cacheBytes: 0,
  }).catch(() => null);
  if (dataset === null) return {};
  try {
    if (dataset.hasCaptions) await supplyText(network, text, datasetCaptions(dataset));
    const { labelDim, labels } = network;
    return labelsOfData(dataset, { labelDim, labels, classNames: classNames ?? undefined });
  } finally {
    dataset.close();
  }
}
