import { describeInvalidEncoder, encoderDim, isExternal, type EncoderSettings } from './caption-encoder.js';

/** Kind of a network's labels: one-hot vectors of classes, any vectors of numbers, or captions, which are encoded. */
export type LabelKind = 'classes' | 'vectors' | 'captions';

/**
 * The labels that a network was trained on, as its file states them. Labels that nobody chooses are drawn from them. JSON.
 * A conditional network whose file does not state them is taken to have classes that are all equally frequent.
 */
export interface TrainingLabels {
  kind: LabelKind;
  /** How often each class occurred, up to a common factor. Left out, all classes equally often. */
  frequencies?: readonly number[];
  /**
   * Label vectors that occurred, a sample of all of them: rows of `labelDim` numbers. Of captions only if their encoder is not
   * part of the file: those of `captions`, in their order.
   */
  rows?: readonly (readonly number[])[];
  /** What makes label vectors of captions; of captions only, and always there. */
  encoder?: EncoderSettings;
  /** Captions that occurred, a sample of all of them. */
  captions?: readonly string[];
}

/** What a network says about its labels. */
export interface Labeled {
  /** Length of a label vector; 0 if unconditional. */
  readonly labelDim: number;
  /** The labels that it was trained on; undefined where its file does not state them. */
  readonly labels?: TrainingLabels;
}

/** Probabilities of the classes, up to a common factor, or the same for all. */
export type ClassProbabilities = readonly number[] | 'uniform';

/**
 * Checks the training labels in a file.
 *
 * @param value of any kind
 * @param labelDim length of a label vector
 * @returns what is wrong with them, to follow a name; null if they are valid
 */
export function describeInvalidLabels(value: unknown, labelDim: unknown): string | null {
  const { kind, frequencies, rows, encoder, captions } = Object(value) as Partial<
    Record<keyof TrainingLabels, unknown>
  >;
  if (!(typeof labelDim === 'number' && labelDim > 0)) return 'describe labels of a network that takes none';
  if (kind !== 'classes' && kind !== 'vectors' && kind !== 'captions') {
    return `are of the kind ${JSON.stringify(kind)}, which is not classes, vectors or captions`;
  }
  if (kind === 'captions') {
    const problem = describeInvalidEncoder(encoder);
    if (problem !== null) return `are captions, whose encoder ${problem}`;
    const dim = encoderDim(encoder as EncoderSettings);
    if (dim !== labelDim) return `are captions, whose encoder makes ${dim} numbers, and the network takes ${labelDim}`;
  } else if (encoder !== undefined) return 'have an encoder, and are not captions';
  if (captions !== undefined && !(kind === 'captions' && areCaptions(captions))) {
    return 'have captions that are not a list of texts';
  }
  if (frequencies !== undefined && !(kind === 'classes' && areWeights(frequencies, labelDim))) {
    return `have frequencies that are not ${labelDim} numbers from 0, one per class`;
  }
  const hasRows = kind === 'vectors' || (kind === 'captions' && isExternal(encoder as EncoderSettings));
  if (rows !== undefined && !(hasRows && areRows(rows, labelDim))) {
    return `have rows that are not lists of ${labelDim} numbers`;
  }
  if (kind === 'captions' && hasRows && countOf(rows) !== countOf(captions)) {
    return `have ${countOf(rows)} rows for ${countOf(captions)} captions`;
  }
  return null;
}

/**
 * Decides which labels a run draws: those of its own data set, where given, else those of the network's file; and for
 * classes, the probabilities that are given.
 *
 * @param network whose labels are drawn
 * @param given.labels of a data set, in place of the network's own
 * @param given.classProbabilities null or left out, the frequencies of the training labels
 * @returns undefined where nothing is known
 * @throws RangeError if there is not one probability per class, or the labels are of another kind than the network's
 */
export function settleTrainingLabels(
  network: Labeled,
  given: { labels?: TrainingLabels; classProbabilities?: ClassProbabilities | null } = {},
): TrainingLabels | undefined {
  const { labels = network.labels, classProbabilities = null } = given;
  if (given.labels !== undefined) checkKind(network, given.labels);
  if (classProbabilities === null) return labels;
  if (network.labelDim === 0) {
    throw new RangeError('classProbabilities has no meaning here: this network is unconditional. Leave it out.');
  }
  if (labels !== undefined && labels.kind !== 'classes') {
    if (classProbabilities === 'uniform') return labels;
    throw new RangeError(
      `classProbabilities has no meaning here: this network takes ${nameLabels(network)}, not classes.`,
    );
  }
  if (classProbabilities === 'uniform') return { kind: 'classes' };
  checkProbabilities(classProbabilities, network.labelDim);
  return { kind: 'classes', frequencies: classProbabilities };
}

/** Whether a network takes classes: stated in its file or, where nothing is stated, assumed. */
export function hasClasses({ labelDim, labels }: Labeled): boolean {
  return labelDim > 0 && (labels === undefined || labels.kind === 'classes');
}

/** Names what a conditional network takes, for messages: `10 classes`, `label vectors of 2 numbers`, `captions`. */
export function nameLabels(network: Labeled): string {
  if (network.labels?.kind === 'captions') return 'captions';
  return hasClasses(network) ? `${network.labelDim} classes` : `label vectors of ${network.labelDim} numbers`;
}

function checkKind({ labelDim, labels }: Labeled, given: TrainingLabels): void {
  const problem = describeInvalidLabels(given, labelDim);
  if (problem !== null) throw new RangeError(`The given labels ${problem}.`);
  if (labels === undefined || labels.kind === given.kind) return;
  throw new RangeError(`The given labels are ${given.kind}, and this network was trained on ${labels.kind}.`);
}

function checkProbabilities(probabilities: readonly number[], labelDim: number): void {
  if (probabilities.length !== labelDim) {
    throw new RangeError(
      `classProbabilities has length ${probabilities.length}, and this network has ${labelDim} classes: give one number per class.`,
    );
  }
  if (!areWeights(probabilities, labelDim)) {
    throw new RangeError(
      `classProbabilities must be numbers from 0 that are not all 0, not ${probabilities.join(', ')}.`,
    );
  }
}

function areWeights(value: unknown, count: number): boolean {
  const isWeight = (weight: unknown) => Number.isFinite(weight) && (weight as number) >= 0;
  return Array.isArray(value) && value.length === count && value.every(isWeight) && value.some((weight) => weight > 0);
}

function countOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

function areCaptions(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((caption) => typeof caption === 'string');
}

function areRows(value: unknown, labelDim: number): boolean {
  const isRow = (row: unknown) => Array.isArray(row) && row.length === labelDim && row.every(Number.isFinite);
  return Array.isArray(value) && value.length > 0 && value.every(isRow);
}
