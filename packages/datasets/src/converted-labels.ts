import type { Label } from './sources/source.js';

/** Collects the labels of a data set while it is made, for its `dataset.json`. */
export class ConvertedLabels {
  private readonly pairs: [name: string, label: Label][] = [];
  private dim: number | null = null;
  /** Number of images without a label. */
  missing = 0;
  /** The first image without a label; null for none. */
  firstMissing: string | null = null;

  /**
   * @param name of the image in the data set
   * @param source of the image, for messages
   * @throws if the label is of another kind than those before it, or of a kind that networks do not take
   */
  add(name: string, label: Label | null, source: string): void {
    if (label === null) {
      this.missing += 1;
      this.firstMissing ??= source;
      return;
    }
    const dim = typeof label === 'number' ? 0 : label.length;
    this.dim ??= dim;
    const wanted = this.dim === 0 ? 'a whole number from 0 on' : `a list of ${this.dim} numbers`;
    const isValid =
      typeof label === 'number' ? Number.isSafeInteger(label) && label >= 0 : label.every(Number.isFinite);
    if (!isValid || dim !== this.dim) {
      throw new Error(
        `${source}: its label is ${JSON.stringify(label)}; expected ${wanted}, as the labels of the other images are.`,
      );
    }
    this.pairs.push([name, label]);
  }

  /** Kind of the labels; `none` if an image has none. */
  get kind(): 'none' | 'classes' | 'vectors' {
    if (this.missing > 0 || this.dim === null) return 'none';
    return this.dim === 0 ? 'classes' : 'vectors';
  }

  /** Number of classes, or length of the label vectors; 0 without labels. */
  get labelDim(): number {
    return this.kind === 'vectors' ? this.dim! : this.numClasses;
  }

  /** Number of classes (highest label + 1); 0 if an image has no label, or the labels are vectors. */
  get numClasses(): number {
    if (this.missing > 0 || this.dim !== 0) return 0;
    return this.pairs.reduce((max, [, label]) => Math.max(max, label as number), -1) + 1;
  }

  /**
   * Entries of `dataset.json`. There are labels if every image has one.
   *
   * @param classNames names of the classes in label order; null for none
   */
  entries(classNames: readonly string[] | null): Record<string, unknown> {
    return {
      labels: this.missing === 0 ? this.pairs : null,
      // The published tools ignore this key. It is left out where it is undefined.
      class_names: this.numClasses > 0 && classNames !== null ? classNames : undefined,
    };
  }
}
