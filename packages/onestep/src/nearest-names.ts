/** Letters that may differ, as a share of those of the longer name. */
const MAX_DIFFERENCE = 0.35;
const MAX_NAMES = 3;

/**
 * Finds the names that a mistyped one may stand for: those that contain it, or differ in few letters; the nearest first.
 *
 * @returns at most three names
 */
export function nearestNames(typed: string, names: readonly string[]): string[] {
  const text = typed.toLowerCase();
  return names
    .map((name) => {
      const difference = editDistance(text, name) / Math.max(text.length, name.length);
      return { name, difference: text.length > 2 && name.startsWith(text) ? 0 : difference };
    })
    .filter(({ difference }) => difference <= MAX_DIFFERENCE)
    .sort((a, b) => a.difference - b.difference)
    .slice(0, MAX_NAMES)
    .map(({ name }) => name);
}

/** Number of letters to insert, delete or replace to turn one text into the other (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
