const MAX_CAPTIONS = 3;

/**
 * Finds the captions that have the most words in common with one, as a share of the words of both.
 *
 * @returns at most three, the nearest first; none where no word is the same
 */
export function nearestCaptions(typed: string, captions: Iterable<string>): string[] {
  const wanted = wordsOf(typed);
  const nearest: { caption: string; likeness: number }[] = [];
  for (const caption of captions) {
    const words = wordsOf(caption);
    const shared = [...words].filter((word) => wanted.has(word)).length;
    if (shared > 0) nearest.push({ caption, likeness: shared / (wanted.size + words.size) });
  }
  return nearest
    .sort((a, b) => b.likeness - a.likeness)
    .slice(0, MAX_CAPTIONS)
    .map(({ caption }) => caption);
}

function wordsOf(caption: string): Set<string> {
  return new Set(caption.toLowerCase().match(/[\p{L}\p{N}]+|[^\s\p{P}]/gu));
}
