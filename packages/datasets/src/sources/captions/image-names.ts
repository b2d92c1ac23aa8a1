import { normalizeName } from '../../files/text.js';

/** Finds images by the names that lists have for them: relative to some folder, absolute, or without their ending. */
export class ImageNames {
  private readonly exact: ReadonlyMap<string, string>;
  /** By the last part of their names, without its ending. */
  private readonly byStem = new Map<string, string[]>();

  constructor(images: readonly string[]) {
    this.exact = new Map(images.map((image) => [normalizeName(image), image]));
    for (const name of this.exact.keys()) {
      const stem = withoutEnding(lastPart(name));
      const others = this.byStem.get(stem);
      if (others === undefined) this.byStem.set(stem, [name]);
      else others.push(name);
    }
  }

  /**
   * Finds an image. Where it is not at the place that the list says, its path is the end of the listed one, as of a folder that was
   * moved, or the listed one is the end of its path alone. Endings may differ, as of images that were converted.
   *
   * @param listed its name in a list
   * @param folder that the list is in, with a slash at its end
   * @returns null if there is none, or it could be several
   */
  find(listed: string, folder = ''): string | null {
    const name = normalizeName(listed.trim());
    const there = this.exact.get(folder + name) ?? this.exact.get(name);
    if (there !== undefined) return there;
    for (const stem of new Set([name, withoutEnding(name)])) {
      const candidates = this.byStem.get(lastPart(stem)) ?? [];
      const ends = candidates.filter((image) => endsWith(stem, withoutEnding(image)));
      const longest = Math.max(0, ...ends.map((image) => withoutEnding(image).length));
      const closest = ends.filter((image) => withoutEnding(image).length === longest);
      const found = closest.length > 0 ? closest : candidates.filter((image) => endsWith(withoutEnding(image), stem));
      if (found.length === 1) return this.exact.get(found[0]!)!;
    }
    return null;
  }
}

/** Whether the last parts of a path are another one. */
function endsWith(path: string, end: string): boolean {
  return path === end || path.endsWith(`/${end}`);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function withoutEnding(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1 ? name.slice(0, dot) : name;
}
