import { datasetInfo, datasetLabels, openDataset, sampleCaptions, type ImageDataset } from '@onestep/datasets';
import { WordEncoder, type TrainingLabels } from '@onestep/diffusion-core';
import { UserError } from '../user-error.js';

/** Options that choose the images of a training. */
export interface TrainingDataOptions {
  /** Whether the network is conditioned on the labels. */
  cond: boolean;
  /** Whether every image is there mirrored, too. */
  xflip: boolean;
  /** Whether decoded images stay in memory. */
  cache: boolean;
  /** Parts of a caption that are told apart; left out, captions are not used. */
  captionSlots?: number;
  /** Number of images, chosen at random by `seed`; left out, all. */
  subset?: number;
  seed?: number;
}

/** The images that a network is trained on. */
export interface TrainingData {
  dataset: ImageDataset;
  /** Labels that the network is conditioned on; null without --cond. */
  labels: TrainingLabels | null;
  /** Length of a label vector of these labels; 0 without labels. */
  labelDim: number;
  /** What encodes the captions; null where the labels are not captions. */
  encoder: WordEncoder | null;
  /** A line for the user about labels that are not used. */
  note: string | null;
}

/**
 * Opens the data set of a training.
 *
 * @throws UserError if the network is to be conditioned on labels and there are none, or there are fewer images than chosen
 */
export async function openTrainingData(
  path: string,
  { cond, xflip, cache, captionSlots, subset, seed = 0 }: TrainingDataOptions,
): Promise<TrainingData> {
  const useLabels = cond ? ('if-present' as const) : false;
  const chosen = subset === undefined ? {} : { maxSize: subset, randomSeed: seed };
  const useCaptions = cond && captionSlots !== undefined;
  const dataset = await openDataset(path, {
    useLabels,
    useCaptions,
    xflip,
    ...chosen,
    ...(cache ? {} : { cacheBytes: 0 }),
  });
  const count = dataset.length / (xflip ? 2 : 1);
  if (subset !== undefined && count < subset) {
    dataset.close();
    throw new UserError(
      `--subset ${subset} asks for more images than ${path} has: give at most ${count}, or leave it out.`,
      2,
    );
  }
  if (!cond) return { dataset, labels: null, labelDim: 0, encoder: null, note: await unusedLabels(path) };
  const labels = datasetLabels(dataset);
  if (labels !== null) return { dataset, labels, labelDim: dataset.labelDim, encoder: null, note: null };
  if (dataset.hasCaptions) {
    const all = Array.from({ length: dataset.length }, (_, index) => dataset.captionAt(index));
    const encoder = WordEncoder.fromCaptions(all, { slots: captionSlots });
    const captions = sampleCaptions(dataset);
    const { words, slots } = encoder.settings;
    return {
      dataset,
      labels: { kind: 'captions', encoder: encoder.settings, captions },
      labelDim: encoder.dim,
      encoder,
      note: `--data has captions: a vocabulary of ${words.length} words, ${slots} slots, ${encoder.dim} numbers for a caption.`,
    };
  }
  dataset.close();
  throw new UserError(
    `--cond 1 needs labels${captionSlots === undefined ? '' : ' or captions'}, and ${path} has none. Leave --cond out, or convert the images again with labels: ` +
      'a folder for each class, or a dataset.json.',
    2,
  );
}

/** @returns null if there are no labels that tell images apart, or if they cannot be read */
async function unusedLabels(path: string): Promise<string | null> {
  const info = await datasetInfo(path).catch(() => null);
  if (info !== null && info.labelDim === 0 && info.numCaptions > 0) {
    return `--data has ${info.numCaptions} captions, which are not used: the network is unconditional. Give --cond 1 to condition it on them.`;
  }
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
