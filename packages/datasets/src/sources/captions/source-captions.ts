import { plainCaption } from '@onestep/checkpoint';
import { normalizeName } from '../../files/text.js';
import { hasLines, listCaptions } from './caption-columns.js';

/** Images that have something in common: their number and the first of them. */
interface Group {
  count: number;
  first: string;
}

/** Captions of the images of a source. An image has one: of several, the first is taken. */
export class SourceCaptions {
  private readonly byName = new Map<string, string>();
  /** Images with further captions. */
  private readonly several = new Set<string>();
  private readonly groups = new Map<'lines' | 'broken', Group>();

  /**
   * Adds what a source says of an image.
   *
   * @param value text, a list of texts, or records with a text; anything else is no caption
   */
  add(image: string, value: unknown): void {
    const name = normalizeName(image);
    for (const text of listCaptions(value)) {
      const caption = plainCaption(text);
      if (caption === '') continue;
      const taken = this.byName.get(name);
      if (taken !== undefined) {
        if (taken !== caption) this.several.add(image);
        continue;
      }
      this.byName.set(name, caption);
      if (hasLines(text)) this.count('lines', image);
      if (caption.includes('\uFFFD')) this.count('broken', image);
    }
  }

  /** The caption of an image; undefined for none. */
  get(image: string): string | undefined {
    return this.byName.get(normalizeName(image));
  }

  /** Number of images with a caption. */
  get size(): number {
    return this.byName.size;
  }

  /**
   * Lines about what was chosen, what is missing, and what is odd.
   *
   * @param images all, in their order
   */
  notes(images: readonly string[]): string[] {
    if (this.size === 0) return [];
    const without = images.filter((name) => this.get(name) === undefined);
    const several = [...this.several];
    const lines = this.groups.get('lines');
    const broken = this.groups.get('broken');
    return [
      ...(without.length === 0 ? [] : [`images without a caption: ${without.length}, the first ${without[0]}`]),
      ...(several.length === 0
        ? []
        : [`images with several captions, of which the first is taken: ${several.length}, the first ${several[0]}`]),
      ...(lines === undefined
        ? []
        : [`captions of several lines, which are joined: ${lines.count}, the first that of ${lines.first}`]),
      ...(broken === undefined
        ? []
        : [
            `captions with characters that are not UTF-8: ${broken.count}, the first that of ${broken.first}; ` +
              'iconv -f latin1 -t utf-8 converts a text file',
          ]),
    ];
  }

  private count(group: 'lines' | 'broken', image: string): void {
    const { count, first } = this.groups.get(group) ?? { count: 0, first: image };
    this.groups.set(group, { count: count + 1, first });
  }
}
