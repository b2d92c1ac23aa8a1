import { datasetCaptions, type ImageDataset } from '@onestep/datasets';
import {
  settleTrainingLabels,
  type Communicator,
  type DenoiserNetwork,
  type Guidance,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { TEACHER_PATH } from '../assets.js';
import { openReals } from '../distill/ingredients.js';
import { labelsOfData } from '../evaluation/data-labels.js';
import { openEvaluator, type Evaluator } from '../evaluation/evaluator.js';
import type { Metric } from '@onestep/metrics';
import { digestOf } from '../files/digest-of.js';
import { assumedLabels, withLabelFlags } from '../networks/label-choice.js';
import { networkPath } from '../networks/network-source.js';
import { checkCaptionsKnown, openPrompts, readPromptFile } from '../networks/open-prompts.js';
import { supplyText } from '../networks/text-encoder.js';
import { PICTURES } from 'onestep';
import { UserError } from '../user-error.js';
import type { CompareOptions } from './comparison.js';
import { fittingRecipes } from './fitting-recipes.js';
import { guideRecipes } from './guide-recipes.js';
import type { Recipes } from './recipes.js';
import { startingFrom } from './starting-from.js';

/** What the students of a comparison learn from besides the teacher, and how they are measured. */
export interface Basis {
  /** The real images of --data; null without. */
  dataset: ImageDataset | null;
  /** The labels that students learn, and are measured with; undefined where nothing is known. */
  labels: TrainingLabels | undefined;
  /** The guidance of the teacher; undefined for none. */
  guidance: Guidance | undefined;
  /** The methods that can be compared. */
  recipes: Recipes;
  /** Lines about methods that are left out. */
  leftOut: string[];
  /** Lines for the user, with those. */
  notes: string[];
  /** Opens the detector and the reference. Real images are read here. */
  openEvaluator(signal: AbortSignal): Promise<Evaluator>;
}

/**
 * Opens the data, and checks everything that can be checked without reading all of them.
 *
 * @param metrics that need a reference
 * @param hasPairs whether methods that learn from pairs get them
 * @param communicator the processes that share the measurements; left out, this one alone
 * @throws UserError if the data do not fit the teacher, a method that was asked for cannot be run, or nothing can be measured
 */
export async function openBasis(
  options: CompareOptions,
  teacher: DenoiserNetwork,
  { metrics, hasPairs, communicator }: { metrics: readonly Metric[]; hasPairs: boolean; communicator?: Communicator },
): Promise<Basis> {
  const { data, ref, classProbabilities } = options;
  checkMeasurable(options, teacher);
  const prompts = options.prompts === undefined ? null : await readPromptFile(options.prompts);
  const dataset = await openReals({ data, xflip: false, cache: true }, teacher);
  try {
    const inData = dataset?.hasCaptions ? datasetCaptions(dataset) : [];
    await supplyText(teacher, options, [...(prompts ?? []), ...inData, options.negativePrompt]);
    const prompted = prompts === null ? null : openPrompts(teacher, prompts);
    const found = prompted ?? (dataset === null ? {} : labelsOfData(dataset, teacher));
    const labels = withLabelFlags(() => settleTrainingLabels(teacher, { labels: found.labels, classProbabilities }));
    checkCaptionsKnown(teacher, labels, '--prompts FILE, with one prompt per line, or --data ZIP with captions');
    const shared = { batch: options.batch, batchGpu: options.batch, seed: options.seed };
    const guided = await guideRecipes(options, await startingFrom(options, teacher), teacher);
    const { guidance } = guided;
    const { recipes, leftOut } = fittingRecipes(guided.recipes, options.areChosen, {
      teacher,
      dataset,
      labels,
      shared,
      hasPairs,
    });
    const open = await openEvaluator({ ...options, statistics: ref, communicator }, teacher, metrics);
    const notes = [
      ...('note' in found && found.note !== undefined ? [found.note] : []),
      ...(prompted?.notes ?? []),
      ...(labels === undefined ? assumedLabels(teacher) : []),
      ...assumedReference(options),
      ...(guided.warning === undefined ? [] : [guided.warning]),
      ...leftOut,
    ];
    return { dataset, labels, guidance, recipes, leftOut, notes, openEvaluator: open };
  } catch (error) {
    dataset?.close();
    throw error;
  }
}

/** Digests of the files that options name, by the options' names. */
export async function fileDigests({
  data,
  prompts,
  textEncoder,
  ref,
  generator,
  guidanceNetwork,
}: CompareOptions): Promise<Record<string, string>> {
  const isFile = generator !== undefined && generator !== PICTURES;
  return {
    ...(isFile && { generator: await digestOf(await networkPath(generator)) }),
    ...(guidanceNetwork !== undefined && {
      guidanceNetwork: await digestOf(await networkPath(guidanceNetwork, 'teacher')),
    }),
    ...(data !== undefined && { data: await digestOf(data) }),
    ...(prompts !== undefined && { prompts: await digestOf(prompts) }),
    ...(textEncoder !== undefined && { textEncoder: await digestOf(textEncoder) }),
    ...(ref !== undefined && { ref: await digestOf(await networkPath(ref)) }),
  };
}

/** The reference that comes with the program is of one data set. */
function checkMeasurable({ data, ref }: CompareOptions, { imgResolution: size, imgChannels }: DenoiserNetwork): void {
  if (data !== undefined || ref !== undefined || (size === 32 && imgChannels === 1)) return;
  throw new UserError(
    `The teacher makes ${size}x${size}x${imgChannels} images. Give real images to compare them with (--data ZIP), or their ` +
      'reference statistics (--ref FILE): those that come with the program are of Fashion-MNIST, 32x32x1.',
    2,
  );
}

function assumedReference({ data, ref, teacher }: CompareOptions): string[] {
  if (data !== undefined || ref !== undefined || [TEACHER_PATH, 'fashion-mnist'].includes(teacher)) return [];
  return ['FID is measured against Fashion-MNIST. For a teacher of other images, give --data ZIP or --ref FILE.'];
}
