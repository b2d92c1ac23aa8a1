import type { CaptionEncoder } from './caption-encoder.js';
import { splitCaption } from './caption-words.js';

/** Settings of a {@link WordEncoder}, as a model file states them. JSON. */
export interface WordEncoderSettings {
  type: 'words';
  /** The vocabulary, in the order of the components. */
  words: readonly string[];
  /** Components that the letters of words are hashed into, so that an unseen word is like those it is written like. */
  buckets: number;
  /** Parts of a caption with components of their own, in addition to those of the whole caption; 0 for a bag of words. */
  slots: number;
  /** Value of the component of a word that occurs. */
  weight: number;
}

/** Choices of {@link WordEncoder.fromCaptions}. */
export interface VocabularyOptions {
  /** Words that occur less often are left out. Default: 2. */
  minCount?: number;
  /** Most words; the most frequent are taken. Default: 4096. */
  maxWords?: number;
  /** Default: 64. */
  buckets?: number;
  /** Default: 4. */
  slots?: number;
}

/** Lengths of the runs of letters that are hashed. */
const SHORTEST = 3;
const LONGEST = 4;
/** A row acts on a network like a label of this many classes: EDM networks multiply labels by the root of their length. */
const LIKE_CLASSES = 10;

/**
 * Turns captions into label vectors: a component for each word of a vocabulary, further ones for the letters of words
 * (as fastText does, Bojanowski et al. 2017), and the same again for each of the first parts of the caption, its slots. With
 * slots "a red star and a blue ring" and "a blue star and a red ring" differ; as bags of words they are the same. Needs no
 * download, and any network that takes label vectors takes the rows as they are.
 */
export class WordEncoder implements CaptionEncoder {
  readonly settings: WordEncoderSettings;
  /** Length of a label vector: (words + buckets) * (1 + slots). */
  readonly dim: number;
  private readonly numberOf: ReadonlyMap<string, number>;

  /** @throws Error if the settings are not valid, saying what is wrong */
  constructor(settings: WordEncoderSettings) {
    const problem = describeInvalidWordEncoder(settings);
    if (problem !== null) throw new Error(`The encoder of captions ${problem}.`);
    this.settings = settings;
    this.numberOf = new Map(settings.words.map((word, number) => [word, number]));
    this.dim = wordEncoderDim(settings);
  }

  /**
   * Makes an encoder whose vocabulary is the words of captions, in the order of the alphabet.
   *
   * @throws RangeError if no word occurs as often as `minCount`
   */
  static fromCaptions(
    captions: Iterable<string>,
    { minCount = 2, maxWords = 4096, buckets = 64, slots = 4 }: VocabularyOptions = {},
  ): WordEncoder {
    const counts = new Map<string, number>();
    for (const caption of captions) {
      for (const { word } of splitCaption(caption)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    const words = [...counts]
      .filter(([, count]) => count >= minCount)
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, maxWords)
      .map(([word]) => word)
      .sort();
    if (words.length === 0) {
      throw new RangeError(`No word of the captions occurs ${minCount} times, so there is no vocabulary.`);
    }
    const dim = wordEncoderDim({ words, buckets, slots });
    // Of three digits, to be the same in every file.
    const weight = Number(Math.min(1, Math.sqrt(LIKE_CLASSES / dim)).toPrecision(3));
    return new WordEncoder({ type: 'words', words, buckets, slots, weight });
  }

  /**
   * Encodes a caption. One without words is the null label: all zeros.
   *
   * @returns [dim]
   */
  encode(caption: string): Float32Array {
    const { words, buckets, slots, weight } = this.settings;
    // Sums of the same shares in another order are the same, rounded from float64.
    const row = new Float64Array(this.dim);
    const block = words.length + buckets;
    for (const { word, part } of splitCaption(caption)) {
      const places = part < slots ? [0, part + 1] : [0];
      const number = this.numberOf.get(word);
      const pieces = buckets === 0 ? [] : hashLetters(word, buckets);
      for (const place of places) {
        if (number !== undefined) row[place * block + number] = weight;
        const share = weight / Math.sqrt(pieces.length);
        for (const bucket of pieces) row[place * block + words.length + bucket]! += share;
      }
    }
    return Float32Array.from(row);
  }

  /** {@link WordEncoder.encode} of each caption. */
  rows(captions: readonly string[]): Promise<Float32Array[]> {
    return Promise.resolve(captions.map((caption) => this.encode(caption)));
  }

  /** The words of a caption that are not in the vocabulary, once each. */
  unknownWords(caption: string): string[] {
    const words = splitCaption(caption).map(({ word }) => word);
    return [...new Set(words.filter((word) => !this.numberOf.has(word)))];
  }
}

/**
 * Checks the settings of an encoder of words in a file.
 *
 * @param value of any kind
 * @returns what is wrong with them, to follow a name; null if they are valid
 */
export function describeInvalidWordEncoder(value: unknown): string | null {
  const { words, buckets, slots, weight } = Object(value) as Partial<Record<keyof WordEncoderSettings, unknown>>;
  const areWords = Array.isArray(words) && words.every((word) => typeof word === 'string' && word !== '');
  if (!areWords || words.length === 0 || new Set(words).size !== words.length) {
    return 'has a vocabulary that is not a list of different words';
  }
  const isCount = (count: unknown) =>
    Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) <= 65_536;
  if (!isCount(buckets)) return `has ${JSON.stringify(buckets)} buckets, not a whole number from 0`;
  if (!isCount(slots)) return `has ${JSON.stringify(slots)} slots, not a whole number from 0`;
  if (!(typeof weight === 'number' && weight > 0 && weight <= 1)) {
    return `has the weight ${JSON.stringify(weight)}, not a number from 0 to 1`;
  }
  return null;
}

/** Length of the label vectors of an encoder of words. */
export function wordEncoderDim({
  words,
  buckets,
  slots,
}: Pick<WordEncoderSettings, 'words' | 'buckets' | 'slots'>): number {
  return (words.length + buckets) * (1 + slots);
}

/** The buckets of the runs of 3 and 4 letters of a word with marks at its begin and end: `<re`, `red`, `ed>`, ... */
function hashLetters(word: string, buckets: number): number[] {
  const letters = [...`<${word}>`];
  const hashes: number[] = [];
  for (let length = SHORTEST; length <= LONGEST; length++) {
    for (let at = 0; at + length <= letters.length; at++) {
      hashes.push(fnv1a(letters.slice(at, at + length).join('')) % buckets);
    }
  }
  return hashes;
}

/** FNV-1a of 32 bits, of the UTF-16 codes of a text. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}
