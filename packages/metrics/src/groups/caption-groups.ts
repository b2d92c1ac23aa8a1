/** A group of captions. */
export interface CaptionGroup {
  name: string;
  /** What the captions of the group contain. */
  pattern: RegExp;
}

/** The pattern of a word in captions: in any case, and not as a part of another word. */
export function wordPattern(word: string): RegExp {
  const literal = word.normalize('NFC').replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'iu');
}

/**
 * Finds the captions of each group. A caption can be in several groups, or in none.
 *
 * @returns for each group, the numbers of its captions
 */
export function groupByCaption(captions: readonly string[], groups: readonly CaptionGroup[]): number[][] {
  return groups.map(({ pattern }) => {
    // A pattern with the flag g or y would begin where it ended last.
    const stateless = new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
    return captions.flatMap((caption, i) => (stateless.test(caption) ? [i] : []));
  });
}
