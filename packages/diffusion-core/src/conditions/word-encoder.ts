import type { CaptionEncoder } from './caption-encoder.js';
import { splitCaption, type CaptionPart } from './caption-words.js';

/** Settings of a {@link WordEncoder}, as a model file states them. JSON. */
export interface WordEncoderSettings {
  type: 'words';
  /** The vocabulary, in the order of the components. */
  words: readonly string[];
  /** Components that the letters of words are hashed into, so that an unseen word is like those it is written like. */
  buckets: number;
  /** Things of a caption with components of their own, in addition to those of the whole caption; 0 for a bag of words. */
  slots: number;
  /** Whether the ground has a slot, after those of things; left out, it counts as one of the things, and so do "a picture of" and "there is". */
  ground?: true;
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
  /** Things that are told apart; with any, the ground has a slot, too. Default: 3. */
  slots?: number;
  /** Whether the ground has a slot, where things have. Default: true. */
  ground?: boolean;
}

/** Lengths of the runs of letters that are hashed. */
const SHORTEST = 3;
const LONGEST = 4;
/** A row acts on a network like a label of this many classes: EDM networks multiply labels by the root of their length. */
const LIKE_CLASSES = 10;

/**
 * Turns captions into label vectors: a component for each word of a vocabulary, further ones for the letters of words
 * (as fastText does, Bojanowski et al. 2017), and the same again for each of the first things of the caption and for its ground,
 * their slots. With slots "a red star and a blue ring" and "a blue star and a red ring" differ; as bags of words they are the
 * same. Needs no download, and any network that takes label vectors takes the rows as they are.
 */
export class WordEncoder implements CaptionEncoder {
  readonly settings: WordEncoderSettings;
  /** Length of a label vector: (words + buckets) * (1 + slots), with one slot more for the ground. */
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
    { minCount = 2, maxWords = 4096, buckets = 64, slots = 3, ground: hasGround = true }: VocabularyOptions = {},
  ): WordEncoder {
    const counts = new Map<string, number>();
    for (const caption of captions) {
      for (const word of wordsOf(caption)) counts.set(word, (counts.get(word) ?? 0) + 1);
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
    const ground = slots > 0 && hasGround ? { ground: true as const } : {};
    const dim = wordEncoderDim({ words, buckets, slots, ...ground });
    // Of three digits, to be the same in every file.
    const weight = Number(Math.min(1, Math.sqrt(LIKE_CLASSES / dim)).toPrecision(3));
    return new WordEncoder({ type: 'words', words, buckets, slots, ...ground, weight });
  }

  /**
   * Encodes a caption. One without words is the null label: all zeros.
   *
   * @returns [dim]
   */
  encode(caption: string): Float32Array {
    const { words, buckets, weight } = this.settings;
    // Sums of the same shares in another order are the same, rounded from float64.
    const row = new Float64Array(this.dim);
    const block = words.length + buckets;
    const parts = splitCaption(caption);
    for (const [i, slot] of this.slotsOf(parts).entries()) {
      const places = slot === null ? [0] : [0, slot + 1];
      for (const word of parts[i]!.words) {
        const number = this.numberOf.get(word);
        const pieces = buckets === 0 ? [] : hashLetters(word, buckets);
        for (const place of places) {
          if (number !== undefined) row[place * block + number] = weight;
          const share = weight / Math.sqrt(pieces.length);
          for (const bucket of pieces) row[place * block + words.length + bucket]! += share;
        }
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
    return [...new Set(wordsOf(caption).filter((word) => !this.numberOf.has(word)))];
  }

  /** Whether a caption has more things than there are slots, so that what belongs to what is not told for all of them. */
  exceedsSlots(caption: string): boolean {
    const parts = splitCaption(caption);
    const isCut = (slot: number | null, i: number) => slot === null && parts[i]!.role !== 'picture';
    return this.settings.slots > 0 && this.slotsOf(parts).some(isCut);
  }

  /** The slot of each part of a caption; null for one that has none. */
  private slotsOf(parts: readonly CaptionPart[]): (number | null)[] {
    const { slots, ground } = this.settings;
    let things = 0;
    return parts.map(({ role }) => {
      if (ground && role === 'ground') return slots;
      if (ground && role === 'picture') return null;
      return things < slots ? things++ : null;
    });
  }
}

function wordsOf(caption: string): string[] {
  return splitCaption(caption).flatMap(({ words }) => words);
}

/**
 * Checks the settings of an encoder of words in a file.
 *
 * @param value of any kind
 * @returns what is wrong with them, to follow a name; null if they are valid
 */
export function describeInvalidWordEncoder(value: unknown): string | null {
  const { words, buckets, slots, ground, weight } = Object(value) as Partial<
    Record<keyof WordEncoderSettings, unknown>
  >;
  const areWords = Array.isArray(words) && words.every((word) => typeof word === 'string' && word !== '');
  if (!areWords || words.length === 0 || new Set(words).size !== words.length) {
    return 'has a vocabulary that is not a list of different words';
  }
  const isCount = (count: unknown) =>
    Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) <= 65_536;
  if (!isCount(buckets)) return `has ${JSON.stringify(buckets)} buckets, not a whole number from 0`;
  if (!isCount(slots)) return `has ${JSON.stringify(slots)} slots, not a whole number from 0`;
  if (![undefined, true].includes(ground as undefined))
    return `has the ground ${JSON.stringify(ground)}, which is not true`;
  if (!(typeof weight === 'number' && weight > 0 && weight <= 1)) {
    return `has the weight ${JSON.stringify(weight)}, not a number from 0 to 1`;
  }
  return null;
}

/** Slots of things, and that of the ground. */
export function slotCount({ slots, ground }: Pick<WordEncoderSettings, 'slots' | 'ground'>): number {
  return slots + (ground ? 1 : 0);
}

/** Length of the label vectors of an encoder of words. */
export function wordEncoderDim(settings: Pick<WordEncoderSettings, 'words' | 'buckets' | 'slots' | 'ground'>): number {
  return (settings.words.length + settings.buckets) * (1 + slotCount(settings));
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
