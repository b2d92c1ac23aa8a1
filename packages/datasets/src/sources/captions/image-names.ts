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
   * Finds an image. Where it is not at the place that the list says, it is the only one whose path ends like that of the list.
   *
   * @param listed its name in a list
   * @param folder that the list is in, with a slash at its end
   * @returns null if there is none, or it could be several
   */
  find(listed: string, folder = ''): string | null {
    const name = normalizeName(listed.trim());
    const there = this.exact.get(folder + name) ?? this.exact.get(name);
    if (there !== undefined) return there;
    const candidates = [name, withoutEnding(name)].flatMap((each) => this.byStem.get(lastPart(each)) ?? []);
    const alike = [...new Set(candidates)].filter(
      (image) => endsAlike(image, name) || endsAlike(withoutEnding(image), name),
    );
    return alike.length === 1 ? this.exact.get(alike[0]!)! : null;
  }
}

/** Whether one of two paths is the end of the other. */
function endsAlike(a: string, b: string): boolean {
  return a === b || a.endsWith(`/${b}`) || b.endsWith(`/${a}`);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

function withoutEnding(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > name.lastIndexOf('/') + 1 ? name.slice(0, dot) : name;
}
