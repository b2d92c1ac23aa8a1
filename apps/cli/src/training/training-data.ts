import {
  datasetCaptions,
  datasetInfo,
  datasetLabels,
  mirroredCaptions,
  openDataset,
  sampleCaptions,
  type ImageDataset,
} from '@onestep/datasets';
import {
  captionLabels,
  describeEncoder,
  mostCaptions,
  WordEncoder,
  type CaptionEncoder,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { scaleEncoder, unitScale } from 'onestep';
import { encodeWithProgress } from '../networks/text-encoder.js';
import type { ConditionChoice } from '../options/parsers.js';
import { UserError } from '../user-error.js';

/** Options that choose the images of a training. */
export interface TrainingDataOptions {
  /** Whether the network is conditioned on the labels or the captions; `true` is the labels, if there are any. */
  cond: ConditionChoice;
  /** Whether every image is there mirrored, too. */
  xflip: boolean;
  /** Whether decoded images stay in memory. */
  cache: boolean;
  /** Things of a caption that are told apart; left out, captions are not used. */
  captionSlots?: number;
  /** Whether the ground has a slot of its own. Default: true. */
  ground?: boolean;
  /** What encodes captions, in place of their words. */
  textEncoder?: CaptionEncoder;
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
  encoder: CaptionEncoder | null;
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
  { cond: typed, xflip, cache, captionSlots, ground, textEncoder, subset, seed = 0 }: TrainingDataOptions,
): Promise<TrainingData> {
  const cond = textEncoder === undefined ? typed : withCaptions(typed);
  const chosen = subset === undefined ? {} : { maxSize: subset, randomSeed: seed };
  const dataset = await openDataset(path, {
    useLabels: cond === false || cond === 'captions' ? false : 'if-present',
    useCaptions: cond !== false && cond !== 'labels',
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
  if (cond === false) return { dataset, labels: null, labelDim: 0, encoder: null, note: await unusedLabels(path) };
  const labels = datasetLabels(dataset);
  const hasCaptions = dataset.hasCaptions && captionSlots !== undefined;
  if (labels !== null && !(hasCaptions && isOneClass(labels))) {
    return { dataset, labels, labelDim: dataset.labelDim, encoder: null, note: hasCaptions ? BOTH : null };
  }
  if (hasCaptions) {
    if (textEncoder !== undefined) return { dataset, ...(await encodedCaptions(dataset, textEncoder)) };
    const all = Array.from({ length: dataset.length }, (_, index) => dataset.captionAt(index));
    const encoder = WordEncoder.fromCaptions(all, { slots: captionSlots, ground });
    const captions = sampleCaptions(dataset);
    const note = `--data has captions: ${describeEncoder(encoder.settings)}, ${encoder.dim} numbers for a caption.`;
    return {
      dataset,
      labels: { kind: 'captions', encoder: encoder.settings, captions },
      labelDim: encoder.dim,
      encoder,
      note: [note, ...describeMirrored(dataset)].join('\n'),
    };
  }
  dataset.close();
  throw new UserError(await describeMissing(path, cond, captionSlots !== undefined), 2);
}

/** A text encoder encodes captions. @throws UserError if a training is not to learn them */
function withCaptions(cond: ConditionChoice): ConditionChoice {
  if (cond === true || cond === 'captions') return 'captions';
  throw new UserError(
    cond === false
      ? '--text-encoder has no effect without captions: give --cond captions.'
      : '--text-encoder encodes captions, and --cond labels says to leave them out: give --cond captions, or no text encoder.',
    2,
  );
}

/** Encodes the captions of a data set by a text encoder. @throws UserError if one of them cannot be encoded */
async function encodedCaptions(
  dataset: ImageDataset,
  textEncoder: CaptionEncoder,
): Promise<Omit<TrainingData, 'dataset'>> {
  try {
    const captions = datasetCaptions(dataset);
    const table = await encodeWithProgress(textEncoder, captions);
    const scale = unitScale(await table.rows([...new Set(captions)]));
    const encoder = scaleEncoder(table, { ...table.settings, scale });
    const stated = sampleCaptions(dataset).slice(0, mostCaptions(encoder.dim));
    const note = `--data has captions, encoded by ${describeEncoder(encoder.settings)}.`;
    return {
      labels: await captionLabels(encoder, stated),
      labelDim: encoder.dim,
      encoder,
      note: [note, ...describeMirrored(dataset)].join('\n'),
    };
  } catch (error) {
    dataset.close();
    throw error;
  }
}

/** What is said of a data set with both. */
const BOTH =
  '--data has labels and captions: the network is conditioned on the labels. Give --cond captions for the captions.';

/** A line about captions that mirrored copies of their images make wrong. */
export function describeMirrored(dataset: ImageDataset): string[] {
  const mirrored = mirroredCaptions(dataset);
  if (mirrored === null) return [];
  return [
    `--xflip 1 mirrors ${mirrored.count} images whose captions say left or right, such as ${JSON.stringify(mirrored.example)}: they are ` +
      'wrong for the mirrored image. Leave --xflip out.',
  ];
}

/** One class tells no images apart. */
function isOneClass(labels: TrainingLabels): boolean {
  return labels.kind === 'classes' && labels.frequencies!.length < 2;
}

/** What lacks, and a way out. */
async function describeMissing(path: string, cond: ConditionChoice, takesCaptions: boolean): Promise<string> {
  const { labelDim, numCaptions } = await datasetInfo(path);
  const typed = cond === true ? '1' : String(cond);
  const wanted = cond === true && takesCaptions ? 'labels or captions' : cond === true ? 'labels' : typed;
  const what = `--cond ${typed} needs ${wanted}, and ${path} has none.`;
  if (cond === 'captions') {
    const other = labelDim > 0 ? 'Give --cond labels for its labels' : 'Leave --cond out';
    return `${what} ${other}, or convert the images again with captions: name.txt next to name.png, or metadata.jsonl.`;
  }
  if (numCaptions > 0) {
    return takesCaptions
      ? `${what} Give --cond captions for its captions.`
      : `${what} Its captions are for "onestep edm train": a GAN takes classes or label vectors. Leave --cond out.`;
  }
  return `${what} Leave --cond out, or convert the images again with labels: a folder for each class, or a dataset.json.`;
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
