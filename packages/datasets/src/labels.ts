/**
 * The labels of a data set, one for each image: classes counted from 0, or vectors of numbers.
 */
export type Labels =
  { kind: 'classes'; classes: Int32Array; dim: number } | { kind: 'vectors'; vectors: Float32Array; dim: number };

/** More classes than this, and the file is wrong: a one-hot vector of that length is made for every image. */
const MAX_CLASSES = 100_000;

/** Makes the error that says what is wrong with the labels. */
type Refuse = (what: string) => Error;

/** The pairs of names and labels in the text of `dataset.json`; null if there are none. Backslashes are slashes. */
function readPairs(text: string, refuse: Refuse): Map<string, unknown> | null {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw refuse(`not valid JSON (${(error as Error).message})`);
  }
  if (typeof json !== 'object' || json === null) throw refuse('not a JSON object');
  const { labels } = json as { labels?: unknown };
  if (labels === undefined || labels === null) return null;
  if (!Array.isArray(labels)) throw refuse('"labels" is neither null nor a list');

  const byName = new Map<string, unknown>();
  for (const pair of labels) {
    if (!Array.isArray(pair) || pair.length !== 2 || typeof pair[0] !== 'string') {
      throw refuse(`a member of "labels" is ${JSON.stringify(pair)} instead of a pair [name, label]`);
    }
    byName.set(pair[0].replaceAll('\\', '/'), pair[1]);
  }
  return byName;
}

/**
 * Reads the labels that a collection of images brings, from the text of its `dataset.json`. Images may be missing in it.
 *
 * @param source names the file in messages
 * @returns labels by name; null if there are none
 * @throws if the text is not of the form of `dataset.json`, or a label is neither a class nor a list of numbers
 */
export function parseSourceLabels(text: string, source: string): Map<string, number | number[]> | null {
  const refuse: Refuse = (what) =>
    new Error(`${source}: ${what}. Correct the file, or move it away to go without labels.`);
  const pairs = readPairs(text, refuse);
  if (pairs === null || pairs.size === 0) return null;
  for (const [name, label] of pairs) {
    const isVector = Array.isArray(label) && label.every(Number.isFinite);
    if (!isVector && !isClass(label)) throw refuse(notAClass(name, label));
  }
  return pairs as Map<string, number | number[]>;
}

function isClass(label: unknown): label is number {
  return Number.isInteger(label) && (label as number) >= 0 && (label as number) < MAX_CLASSES;
}

function notAClass(name: string, label: unknown): string {
  return `the label of ${name} is ${JSON.stringify(label)}, not a whole number from 0 to ${MAX_CLASSES - 1}`;
}

/**
 * Reads the labels from the text of `dataset.json`: `{"labels": [["00000/img00000000.png", 9], ...]}`, or with vectors in
 * the place of the numbers.
 *
 * @param names the images, in order
 * @param source names the file in messages
 * @returns null if the data set has no labels (`"labels": null`)
 * @throws if the text is not of this form, or an image has no label
 */
export function parseLabels(text: string, names: readonly string[], source: string): Labels | null {
  const refuse: Refuse = (what) => new Error(`${source}: ${what}. Make the data set anew, or use it without labels.`);
  const byName = readPairs(text, refuse);
  if (byName === null) return null;
  const missing = names.find((name) => !byName.has(name));
  if (missing !== undefined) throw refuse(`the image ${missing} has no label`);
  const ordered = names.map((name) => [name, byName.get(name)] as const);
  return Array.isArray(ordered[0]?.[1]) ? readVectors(ordered, refuse) : readClasses(ordered, refuse);
}

type Named = readonly (readonly [name: string, label: unknown])[];

function readClasses(labels: Named, refuse: Refuse): Labels {
  const classes = new Int32Array(labels.length);
  let dim = 0;
  for (const [i, [name, label]] of labels.entries()) {
    if (!isClass(label)) throw refuse(notAClass(name, label));
    classes[i] = label;
    dim = Math.max(dim, label + 1);
  }
  return { kind: 'classes', classes, dim };
}

function readVectors(labels: Named, refuse: Refuse): Labels {
  const dim = (labels[0]![1] as unknown[]).length;
  const vectors = new Float32Array(labels.length * dim);
  for (const [i, [name, label]] of labels.entries()) {
    if (!Array.isArray(label) || label.length !== dim || !label.every(Number.isFinite)) {
      throw refuse(`the label of ${name} is not a list of ${dim} numbers as that of the first image is`);
    }
    vectors.set(label as number[], i * dim);
  }
  return { kind: 'vectors', vectors, dim };
}
