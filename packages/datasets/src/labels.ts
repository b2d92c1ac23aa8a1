/**
 * The labels of a data set, one for each image: classes counted from 0, or vectors of numbers.
 */
export type Labels =
  { kind: 'classes'; classes: Int32Array; dim: number } | { kind: 'vectors'; vectors: Float32Array; dim: number };

/** More classes than this, and the file is wrong: a one-hot vector of that length is made for every image. */
const MAX_CLASSES = 100_000;

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
  const refuse = (what: string) => new Error(`${source}: ${what}. Make the data set anew, or use it without labels.`);
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
  const missing = names.find((name) => !byName.has(name));
  if (missing !== undefined) throw refuse(`the image ${missing} has no label`);
  const ordered = names.map((name) => [name, byName.get(name)] as const);
  return Array.isArray(ordered[0]?.[1]) ? readVectors(ordered, refuse) : readClasses(ordered, refuse);
}

type Named = readonly (readonly [name: string, label: unknown])[];

function readClasses(labels: Named, refuse: (what: string) => Error): Labels {
  const classes = new Int32Array(labels.length);
  let dim = 0;
  for (const [i, [name, label]] of labels.entries()) {
    if (!Number.isInteger(label) || (label as number) < 0 || (label as number) >= MAX_CLASSES) {
      throw refuse(`the label of ${name} is ${JSON.stringify(label)}, not a whole number from 0 to ${MAX_CLASSES - 1}`);
    }
    classes[i] = label as number;
    dim = Math.max(dim, classes[i] + 1);
  }
  return { kind: 'classes', classes, dim };
}

function readVectors(labels: Named, refuse: (what: string) => Error): Labels {
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
