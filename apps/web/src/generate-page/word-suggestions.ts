/** Words that occur after this one, and how often. */
type Followers = Map<string, number>;

/** The start of a caption, in place of a word. */
const START = '';

/** Suggests how a caption may continue, from captions that occurred in training. */
export class WordSuggestions {
  private readonly after = new Map<string, Followers>();
  private readonly counts: Followers = new Map();

  /** @param words the vocabulary */
  constructor(
    private readonly words: readonly string[],
    captions: readonly string[],
  ) {
    for (const caption of captions) {
      let previous = START;
      for (const word of wordsOf(caption)) {
        if (!this.after.has(previous)) this.after.set(previous, new Map());
        count(this.after.get(previous)!, word);
        count(this.counts, word);
        previous = word;
      }
    }
  }

  /**
   * The words that may stand next, the likeliest first: those that begin like the word that is being typed and, unless that is
   * the beginning of a word only, those that followed the last word.
   */
  suggest(text: string, most: number): string[] {
    const { complete, typed } = splitTyped(text);
    const longer = typed === '' ? [] : this.rank(complete.at(-1), (word) => word.startsWith(typed) && word !== typed);
    const isWord = typed === '' || this.words.includes(typed);
    const next = isWord ? this.rank(typed === '' ? complete.at(-1) : typed, (word) => word !== typed) : [];
    return [...new Set([...longer.slice(0, isWord ? most / 2 : most), ...next])].slice(0, most);
  }

  /**
   * Words of the vocabulary, those first that followed a word.
   *
   * @param previous left out at the start of a caption
   */
  private rank(previous = START, isWanted: (word: string) => boolean): string[] {
    const followers = this.after.get(previous) ?? new Map<string, number>();
    const rate = (word: string) => (followers.get(word) ?? 0) * 1e6 + (this.counts.get(word) ?? 0);
    return this.words.filter(isWanted).sort((a, b) => rate(b) - rate(a));
  }

  /** Whether a word of the vocabulary begins with what is being typed. */
  isBegun(text: string): boolean {
    const { typed } = splitTyped(text);
    return typed !== '' && this.words.some((word) => word.startsWith(typed));
  }
}

/** A text with a word in place of its beginning, or after the last one. */
export function completeWith(text: string, word: string): string {
  const { typed } = splitTyped(text);
  const kept = word.startsWith(typed) ? text.slice(0, text.length - typed.length) : text;
  return `${kept}${kept === '' || /\s$/.test(kept) ? '' : ' '}${word} `;
}

function splitTyped(text: string): { complete: string[]; typed: string } {
  const typed = /[\p{L}\p{M}\p{N}'’-]*$/u.exec(text)![0];
  return { complete: wordsOf(text.slice(0, text.length - typed.length)), typed: typed.toLowerCase() };
}

function wordsOf(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{M}\p{N}'’-]+/gu) ?? [];
}

function count(counts: Followers, word: string): void {
  counts.set(word, (counts.get(word) ?? 0) + 1);
}
