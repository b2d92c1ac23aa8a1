/** The captions of a collection of images. */
export interface CaptionSummary {
  /** Number of images with a caption. */
  count: number;
  /** Number of captions that differ from all before. */
  numDifferent: number;
  /** Number of words in all captions. */
  numWords: number;
  /** Number of different words, without regard to capital letters. */
  vocabulary: number;
  /** Words of the shortest and the longest caption. */
  length: { min: number; max: number };
  /** The most frequent words with their counts, at most twenty. */
  frequent: [word: string, count: number][];
  /** Number of captions with characters that are not in the encoding of their file. */
  numBroken: number;
  /** Images without a caption, if others have one. */
  numWithout: number;
  /** The first of these; null for none. */
  firstWithout: string | null;
  /** The first captions, at most three. */
  examples: string[];
}

const WORD = /[\p{L}\p{M}\p{N}]+(?:['’-][\p{L}\p{M}\p{N}]+)*/gu;
const MOST_WORDS = 20;
const MOST_EXAMPLES = 3;

/** Counts captions. */
export class CaptionCounts {
  private readonly captions = new Set<string>();
  private readonly words = new Map<string, number>();
  private count = 0;
  private numBroken = 0;
  private numWithout = 0;
  private firstWithout: string | null = null;
  private readonly length = { min: Infinity, max: 0 };

  /** @param name of the image, for messages */
  add(caption: string | null | undefined, name: string): void {
    if (!caption) {
      this.numWithout += 1;
      this.firstWithout ??= name;
      return;
    }
    this.count += 1;
    this.captions.add(caption);
    if (caption.includes('\uFFFD')) this.numBroken += 1;
    const words = caption.toLowerCase().match(WORD) ?? [];
    this.length.min = Math.min(this.length.min, words.length);
    this.length.max = Math.max(this.length.max, words.length);
    for (const word of words) this.words.set(word, (this.words.get(word) ?? 0) + 1);
  }

  /** @returns null if no image has a caption */
  summary(): CaptionSummary | null {
    if (this.count === 0) return null;
    const order = [...this.words].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    return {
      count: this.count,
      numDifferent: this.captions.size,
      numWords: order.reduce((sum, [, count]) => sum + count, 0),
      vocabulary: order.length,
      length: { ...this.length },
      frequent: order.slice(0, MOST_WORDS),
      numBroken: this.numBroken,
      numWithout: this.numWithout,
      firstWithout: this.firstWithout,
      examples: [...this.captions].slice(0, MOST_EXAMPLES),
    };
  }
}
