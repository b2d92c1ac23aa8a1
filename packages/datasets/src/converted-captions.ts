import { plainCaption } from '@onestep/checkpoint';

/** Collects the captions of a data set while it is made, for its `dataset.json`. */
export class ConvertedCaptions {
  private readonly pairs: [name: string, caption: string][] = [];
  /** Number of images without a caption. */
  missing = 0;
  /** The first image without a caption; null for none. */
  firstMissing: string | null = null;

  /**
   * @param name of the image in the data set
   * @param source of the image, for messages
   */
  add(name: string, caption: string | null | undefined, source: string): void {
    const plain = plainCaption(caption ?? '');
    if (plain === '') {
      this.missing += 1;
      this.firstMissing ??= source;
    } else this.pairs.push([name, plain]);
  }

  /** Number of images with a caption. */
  get count(): number {
    return this.pairs.length;
  }

  /** Entries of `dataset.json`; none if no image has a caption. */
  entries(): Record<string, unknown> {
    // The published tools ignore this key.
    return this.pairs.length === 0 ? {} : { captions: this.pairs };
  }
}
