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

/** The part that a name such as `train-00000-of-00002.parquet` begins with or is in a folder of; null for none. */
export function splitOfName(name: string): string | null {
  const words = name.split('/').flatMap((part) => part.split(/[-_.]/)[0]!);
  return words.map(splitOfWord).findLast((split) => split !== null) ?? null;
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
      : [
          `split ${chosen} is taken, ${count(found.length, unit)}; left out: ${left.join(', ')}. Choose with --split, or --split all`,
        ];
  return { items: found, notes };
}

function count(number: number, unit: Unit): string {
  return `${number} ${unit}${number === 1 ? '' : unit === 'batch' ? 'es' : 's'}`;
}
