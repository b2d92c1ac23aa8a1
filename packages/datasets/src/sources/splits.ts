/** Names of the parts of data sets, by what they are. */
const SPLITS: Record<string, RegExp> = {
  train: /^(train|training|trn)$/i,
  validation: /^(val|valid|validation|dev)$/i,
  test: /^(test|testing|tst|t10k|eval)$/i,
};
/** Stands for all parts. */
export const ALL = 'all';
const DEFAULT = 'train';

/** The part that a word of a name stands for; null for none. */
export function splitOfWord(word: string): string | null {
  return Object.keys(SPLITS).find((split) => SPLITS[split]!.test(word)) ?? null;
}

/** Words around that of a part in the names of folders: `training_set`, `seg_train`, `val2017`, `test-images`. */
const AROUND = /^(set|sets|data|dataset|img|imgs|image|images|jpg|png|seg|split|full|\d+)$/;

/** The part that a folder's name stands for; null for none. */
export function splitOfFolder(name: string): string | null {
  const words = name
    .replace(/(set|data|imgs|images)$/i, ' $1')
    .toLowerCase()
    .split(/[^a-z0-9]+|(?<=[a-z])(?=\d)/)
    .filter((word) => word !== '');
  const parts = words.map(splitOfWord).filter((split) => split !== null);
  return parts.length === 1 && words.every((word) => splitOfWord(word) !== null || AROUND.test(word))
    ? parts[0]!
    : null;
}

/** The part that a shard such as `train-00000-of-00002.parquet` or `mnist_test.tar` is of, by its name or its folder; null for none. */
export function splitOfShard(name: string): string | null {
  const parts = name.split('/').reverse();
  return parts.map(splitInside).find((split) => split !== null) ?? null;
}

/** The part that an image in a shard is of: its name begins with it, or its shard or folder names it; null for none. */
export function splitOfSample(name: string): string | null {
  const end = name.lastIndexOf('/');
  return splitOfWord(name.slice(end + 1).split(/[-_.]/)[0]!) ?? (end === -1 ? null : splitOfShard(name.slice(0, end)));
}

/** The only part that a name has a word of. */
function splitInside(name: string): string | null {
  const parts = new Set(name.split(/[^a-z0-9]+/i).map(splitOfWord));
  parts.delete(null);
  return parts.size === 1 ? [...parts][0]! : null;
}

/** What a data set has several of, for messages. */
export type Unit = 'image' | 'file' | 'batch' | 'array';

/** What {@link chooseSplit} chose. */
export interface ChosenSplit<T> {
  items: T[];
  /** Lines about what was left out. */
  notes: string[];
}

/**
 * Takes the items of one part of a data set.
 *
 * @param splitOf the part that an item belongs to; null for none
 * @param wanted name of the part; undefined for the training images if there are any, else all
 * @throws if there is no such part, naming those that there are
 */
export function chooseSplit<T>(
  items: readonly T[],
  splitOf: (item: T) => string | null,
  wanted: string | undefined,
  source: string,
  unit: Unit,
): ChosenSplit<T> {
  const parts = new Map<string, T[]>();
  for (const item of items) {
    const split = splitOf(item) ?? '';
    const part = parts.get(split);
    if (part === undefined) parts.set(split, [item]);
    else part.push(item);
  }
  const named = [...parts.keys()].filter((split) => split !== '');
  const split = wanted === undefined ? undefined : (splitOfWord(wanted) ?? wanted);
  if (split === ALL || (split === undefined && !(named.length > 1 && parts.has(DEFAULT)))) {
    return { items: [...items], notes: [] };
  }
  const chosen = split ?? DEFAULT;
  const found = parts.get(chosen);
  if (found === undefined) {
    const which = named.length === 0 ? 'is not divided into splits; leave the split out' : `has ${named.join(', ')}`;
    throw new Error(`${source} has no split ${wanted}: it ${which}.`);
  }
  const left = named
    .filter((name) => name !== chosen)
    .map((name) => `${name} (${count(parts.get(name)!.length, unit)})`);
  const notes =
    left.length === 0 || split !== undefined
      ? []
      : [`split ${chosen} is taken, ${count(found.length, unit)}; left out: ${left.join(', ')}`];
  return { items: found, notes };
}

function count(number: number, unit: Unit): string {
  return `${number} ${unit}${number === 1 ? '' : unit === 'batch' ? 'es' : 's'}`;
}
