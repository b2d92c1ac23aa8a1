import { parseJson } from '@onestep/checkpoint';
import { parseClassNames } from './class-names.js';
import { normalizeName } from './files/text.js';
import type { Label } from './sources/source.js';

/** The labels of a data set, one for each image: classes counted from 0, or vectors of numbers. */
export type Labels =
  | {
      kind: 'classes';
      classes: Int32Array;
      /** Number of classes: highest label + 1. */
      dim: number;
      /** One name per class; null if `dataset.json` has none. */
      classNames: readonly string[] | null;
    }
  | { kind: 'vectors'; vectors: Float32Array; dim: number };

/** Labels of a source of images, by the names of the images in the form of `normalizeName`. */
export interface SourceLabels {
  byName: ReadonlyMap<string, Label>;
  /** Where the labels come from, for messages. */
  source: string;
  /** Names of the classes in label order; null if the source does not have them. */
  classNames: readonly string[] | null;
}

/** With more classes, the file is wrong: a one-hot vector of that length is made for every image. */
const MAX_CLASSES = 100_000;

/** Makes an error that names the file. */
type FileError = (what: string) => Error;

/**
 * Reads the labels of a data set from the text of its `dataset.json`: `{"labels": [["00000/img00000000.png",
 * 9], ...]}`, or with vectors in the place of the numbers. `class_names` names the classes in label order.
 *
 * @param names the images, in order
 * @param source the file's name, for messages
 * @returns null if the data set has no labels (`"labels": null`)
 * @throws if the text is not of this form, or an image has no label
 */
export function parseLabels(text: string, names: readonly string[], source: string): Labels | null {
  const fileError: FileError = (what) =>
    new Error(`${source}: ${what}. Convert the data set again, or use it without labels.`);
  const { pairs, classNames } = parseDatasetJson(text, fileError);
  if (pairs === null) return null;
  const missing = names.find((name) => !pairs.has(normalizeName(name)));
  if (missing !== undefined) throw fileError(`the image ${missing} has no label`);
  const ordered = names.map((name) => [name, pairs.get(normalizeName(name))] as const);
  if (Array.isArray(ordered[0]?.[1])) return readVectors(ordered, fileError);
  const classes = readClasses(ordered, fileError);
  const dim = classes.reduce((max, label) => Math.max(max, label), -1) + 1;
  return { kind: 'classes', classes, dim, classNames: parseClassNames(classNames, dim, fileError) };
}

/**
 * Reads the labels of a source of images from the text of its `dataset.json`. Images may be missing in it.
 *
 * @param source the file's name, for messages
 * @returns `none` if it says that there are none (`"labels": null`); null if it does not speak of labels
 * @throws if the text is not of the form of `dataset.json`, or a label is neither a class nor a list of numbers
 */
export function parseSourceLabels(text: string, source: string): SourceLabels | 'none' | null {
  const fileError: FileError = (what) =>
    new Error(`${source}: ${what}. Correct the file, or leave its labels out: --labels none (labels: none).`);
  const { pairs, classNames, isNull } = parseDatasetJson(text, fileError);
  if (isNull) return 'none';
  if (pairs === null || pairs.size === 0) return null;
  let numClasses = 0;
  for (const [name, label] of pairs) {
    const isVector = Array.isArray(label) && label.length > 0 && label.every(Number.isFinite);
    if (!isVector && !isClass(label)) throw fileError(`${describeBadClass(name, label)} or a list of numbers`);
    if (!isVector) numClasses = Math.max(numClasses, (label as number) + 1);
  }
  return {
    byName: pairs as Map<string, Label>,
    source,
    classNames: numClasses === 0 ? null : parseClassNames(classNames, numClasses, fileError),
  };
}

/**
 * The pairs of names, in the form of `normalizeName`, and labels (null if there are none), and the entry
 * `class_names`. `isNull` says that the labels are stated to be null.
 */
function parseDatasetJson(
  text: string,
  fileError: FileError,
): { pairs: Map<string, unknown> | null; classNames: unknown; isNull: boolean } {
  let json: unknown;
  try {
    json = parseJson(text);
  } catch (error) {
    throw fileError(`not valid JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw fileError('not a JSON object, such as {"labels": [["a.png", 0]]}');
  }
  const { labels, class_names: classNames } = json as { labels?: unknown; class_names?: unknown };
  if (labels === undefined || labels === null) return { pairs: null, classNames, isNull: labels === null };
  if (!Array.isArray(labels)) {
    throw fileError('"labels" is neither null nor a list of pairs, such as [["a.png", 0], ["b.png", 1]]');
  }

  const pairs = new Map<string, unknown>();
  for (const pair of labels) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw fileError(`an entry of "labels" is ${JSON.stringify(pair)} instead of a pair [name, label]`);
    }
    const name = normalizeName(pair[0]);
    if (pairs.has(name) && JSON.stringify(pairs.get(name)) !== JSON.stringify(pair[1])) {
      throw fileError(
        `the image ${pair[0]} has two labels, ${JSON.stringify(pairs.get(name))} and ${JSON.stringify(pair[1])}`,
      );
    }
    pairs.set(name, pair[1]);
  }
  return { pairs, classNames, isNull: false };
}

function isClass(label: unknown): label is number {
  return Number.isInteger(label) && (label as number) >= 0 && (label as number) < MAX_CLASSES;
}

function describeBadClass(name: string, label: unknown): string {
  return `the label of ${name} is ${JSON.stringify(label)}, not a whole number from 0 to ${MAX_CLASSES - 1}`;
}

type NamedLabels = readonly (readonly [name: string, label: unknown])[];

function readClasses(labels: NamedLabels, fileError: FileError): Int32Array {
  return Int32Array.from(labels, ([name, label]) => {
    if (!isClass(label)) throw fileError(describeBadClass(name, label));
    return label;
  });
}

function readVectors(labels: NamedLabels, fileError: FileError): Labels {
  const dim = (labels[0]![1] as unknown[]).length;
  if (dim === 0) throw fileError(`the label of ${labels[0]![0]} is an empty list`);
  const vectors = new Float32Array(labels.length * dim);
  for (const [i, [name, label]] of labels.entries()) {
    if (!Array.isArray(label) || label.length !== dim || !label.every(Number.isFinite)) {
      throw fileError(`the label of ${name} is not a list of ${dim} numbers, as that of the first image is`);
    }
    vectors.set(label as number[], i * dim);
  }
  return { kind: 'vectors', vectors, dim };
}
