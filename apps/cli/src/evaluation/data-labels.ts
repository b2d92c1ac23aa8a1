import { datasetCaptions, datasetLabels, type ImageDataset } from '@onestep/datasets';
import {
  describeEncoder,
  describeInvalidLabels,
  isExternal,
  nameLabels,
  promptLabels,
  type Denoiser,
  type Labeled,
  type Method,
  type MethodNeed,
  type TrainingLabels,
} from '@onestep/diffusion-core';
import { openPrompts } from '../networks/open-prompts.js';
import { UserError } from '../user-error.js';
import { matchClasses } from './match-classes.js';

/**
 * The labels of --data, for the labels that a run draws.
 *
 * @param dataset opened with its labels
 * @param teacher its file says what it takes
 * @returns no labels where there are none, or where they are not the teacher's; then a note for the user says so
 */
export function labelsOfData(
  dataset: ImageDataset,
  teacher: Pick<Denoiser, 'labelDim' | 'labels' | 'classNames'>,
): { labels?: TrainingLabels; note?: string } {
  if (teacher.labels?.kind === 'captions') return captionsOfData(dataset, teacher);
  const found = teacher.labelDim === 0 ? null : datasetLabels(dataset);
  if (found === null) return {};
  const labels = found.kind === 'classes' ? classesOfTeacher(found, dataset, teacher) : found;
  const isSameKind = teacher.labels === undefined || teacher.labels.kind === labels.kind;
  if (isSameKind && describeInvalidLabels(labels, teacher.labelDim) === null) return { labels };
  return {
    note:
      `The labels of --data are not used: ${dataset.path} has ${describe(found.kind, dataset.labelDim)}, and the network ` +
      `takes ${nameLabels(teacher)}.`,
  };
}

/** Captions of --data in the place of those in the teacher's file, encoded as the teacher's are. */
function captionsOfData(dataset: ImageDataset, teacher: Labeled): { labels?: TrainingLabels; note?: string } {
  const captions = datasetCaptions(dataset);
  if (captions.length === 0) {
    return { note: `The captions in the network's file are used: ${dataset.path} has none.` };
  }
  const labels = teacher.labels!;
  // Words that the network does not know are null labels, as they were in training.
  if (!isExternal(labels.encoder!)) return { labels: { ...labels, captions } };
  try {
    return { labels: promptLabels(teacher, captions) };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return {
      note:
        `The captions in the network's file are used: those of --data are encoded by ${describeEncoder(labels.encoder)}. ` +
        'Give --text-encoder PATH for them.',
    };
  }
}

/**
 * @param needs what the method needs, with the options of the run
 * @throws UserError if the method needs labels, and the teacher is unconditional
 */
export function checkLabelNeed({ name }: Method, needs: readonly MethodNeed[], { labelDim }: Denoiser): void {
  if (!needs.includes('labels') || labelDim > 0) return;
  throw new UserError(`The method ${name} needs labels, and the teacher is unconditional: give a conditional teacher.`);
}

/**
 * Checks that real images have the labels that a method learns from.
 *
 * @param needs what the method needs, with the options of the run
 * @throws UserError if they are missing, or not such as the teacher's
 */
export function checkRealLabels(
  { name }: Method,
  needs: readonly MethodNeed[],
  dataset: ImageDataset,
  teacher: Denoiser,
): void {
  const { labelDim, labels } = teacher;
  if (!needs.includes('images') || labelDim === 0) return;
  if (labels?.kind === 'captions') {
    if (dataset.hasCaptions) return checkEncoded(dataset, teacher);
    throw new UserError(
      `The method ${name} learns from real images with their captions. ${dataset.path} has none, and the teacher takes captions: ` +
        'give a data set with captions, such as the one that the teacher was trained on.',
    );
  }
  if (dataset.labelDim === labelDim) {
    const numbers = matchClasses(dataset, teacher.classNames ?? null);
    const moved = numbers?.findIndex((number, i) => number !== i) ?? -1;
    if (moved === -1) return;
    throw new UserError(
      `Class ${moved} of ${dataset.path} is "${dataset.classNames![moved]}", and class ${moved} of the teacher ` +
        `"${teacher.classNames![moved]}": convert the images again, in the order of the teacher's classes.`,
    );
  }
  const found = dataset.labelDim === 0 ? 'no labels' : `labels of ${dataset.labelDim} numbers`;
  throw new UserError(
    `The method ${name} learns from real images with their labels. ${dataset.path} has ${found}, and the teacher takes ` +
      `${labelDim}: give the data set that the teacher was trained on.`,
  );
}

/** @throws UserError if captions of real images need a text encoder that was not given */
function checkEncoded(dataset: ImageDataset, teacher: Labeled): void {
  if (!isExternal(teacher.labels!.encoder!)) return;
  openPrompts(teacher, datasetCaptions(dataset), '--data');
}

/** Frequencies by the teacher's numbers of the classes; 0 for those that the data set does not have. */
function classesOfTeacher(
  { kind, frequencies }: { kind: 'classes'; frequencies: number[] },
  dataset: ImageDataset,
  { labelDim, classNames }: Pick<Denoiser, 'labelDim' | 'classNames'>,
) {
  const numbers = matchClasses(dataset, classNames ?? null);
  const all = new Array<number>(Math.max(labelDim, frequencies.length)).fill(0);
  for (const [i, frequency] of frequencies.entries()) all[numbers?.[i] ?? i] = frequency;
  return { kind, frequencies: all };
}

function describe(kind: 'classes' | 'vectors', length: number): string {
  return kind === 'classes' ? `${length} classes` : `label vectors of ${length} numbers`;
}
